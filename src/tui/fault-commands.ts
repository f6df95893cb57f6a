import type { WireFaultOrder } from "../runtime/wire-faults.ts";
import type { Desk, Look } from "./desk.ts";

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
