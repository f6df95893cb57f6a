import type { FaultEntry } from "../runtime/fault-kinds.ts";
import type { RunFault } from "../runtime/result.ts";
import type { WireFaultOrder } from "../runtime/wire-faults.ts";
import { DURATION_EXAMPLES, faultOfDuration, parseDuration } from "../scenario/duration.ts";
import type { Arguments, Desk, Look } from "./desk.ts";
import { command, type Room } from "./room.ts";
import { askArguments } from "./unit-commands.ts";

/** Whether a kind is one of the wire. */
export const isOnWire = ({ family }: Pick<FaultEntry, "family">): boolean =>
  family !== "equipment" && family !== "sensor";

/** An id that no fault of the unit has had yet: "server-down-1". */
export function freshId(kind: string, { faults, wireFaults }: Pick<Look, "faults" | "wireFaults">): string {
  const taken = new Set([...faults, ...wireFaults].map(({ id }) => id));
  for (let number = 1; ; number++) if (!taken.has(`${kind}-${number}`)) return `${kind}-${number}`;
}

/** @returns for people: what became of it */
export async function beginWireFault(desk: Desk, unit: string, order: WireFaultOrder): Promise<string> {
  const outcome = await desk.beginWireFault(unit, order);
  return outcome.done
    ? `${unit}: ${order.fault} begun`
    : `${unit}: ${order.fault} refused: ${outcome.reason}`;
}

/** @returns for people: what became of it */
export async function clearWireFault(desk: Desk, unit: string, id: string): Promise<string> {
  const outcome = await desk.clearWireFault(unit, id);
  return outcome.done ? `${unit}: ${id} cleared` : `${unit}: ${id} not cleared: ${outcome.reason}`;
}

/** Asks how bad and for how long, and lets it begin. */
export function askInject(room: Room, unit: string, kind: FaultEntry, look: Look): void {
  const { desk, done, tell } = room;
  const { parameters } = kind;
  const required = Object.entries(parameters).filter(([, said]) => said.endsWith("(required)"));
  const value = ["severity" in parameters ? "severity=1" : "", ...required.map(([name]) => `${name}=`)];
  const hints = [
    ...Object.entries(parameters).map(([name, said]) => `  ${name}: ${said}`),
    ...(kind.isMomentary
      ? []
      : [`  for: how long it stays, of plant time: ${DURATION_EXAMPLES.join(", ")}; until it is cleared`]),
  ];
  const id = freshId(kind.id, look);
  const inject = ({ for: lasts, ...given }: Arguments): void => {
    const for_s = lasts === undefined ? undefined : parseDuration(String(lasts));
    if (lasts !== undefined && for_s === undefined)
      return tell(`for=${lasts}: ${faultOfDuration(String(lasts))}; write ${DURATION_EXAMPLES.join(" or ")}`);
    const time = for_s === undefined ? {} : { for_s };
    if (isOnWire(kind)) done(beginWireFault(desk, unit, { id, fault: kind.id, with: given, ...time }));
    else done(command(desk, unit, "inject-fault", { fault: kind.id, id, ...given, ...time }));
  };
  askArguments(room, `inject ${kind.id} into ${unit}`, value.filter(Boolean).join(" "), hints, inject);
}

/** Asks, and takes it back. */
export function askClear({ ask, desk, done }: Room, fault: RunFault): void {
  const { unit, id } = fault;
  const clear = (): Promise<string> =>
    "family" in fault ? clearWireFault(desk, unit, id) : command(desk, unit, "clear-fault", { id });
  ask({ kind: "confirm", text: `Clear ${id} of ${unit}?`, onYes: () => done(clear()) });
}
