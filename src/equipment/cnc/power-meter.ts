import { Derived, type Sum, type Trajectory } from "../../signal/trajectory.ts";

const HOURS_PER_SECOND = 1 / 3600;

/** What keeps account of the energy that it has taken since the start, kJ. */
export interface Account {
  total(time_s: number): number;
}

/** The machine's supply: active power is the sum of its consumers, energy its exact integral. */
export class PowerMeter {
  /** kW */
  readonly activePower: Sum;
  /** kWh since the start: each consumer keeps an account of its own, so nothing is done until the energy is asked for. */
  readonly energy: Trajectory;

  /**
   * @param activePower  of all consumers, kW; positive when taken from the supply
   * @param accounts     of the same consumers
   */
  constructor(activePower: Sum, accounts: readonly Account[]) {
    this.activePower = activePower;
    this.energy = new Derived((time_s) => {
      let sum = 0;
      for (const account of accounts) sum += account.total(time_s);
      return sum * HOURS_PER_SECOND;
    });
  }
}
