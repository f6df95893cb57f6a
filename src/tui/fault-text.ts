import type { FaultEntry } from "../runtime/fault-kinds.ts";
import type { RunFault } from "../runtime/result.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Look } from "./desk.ts";
import { isOnWire } from "./fault-commands.ts";
import { formatSpan } from "./text.ts";

/** "servo-overload-1", or "hot (spindle-bearing-wear)" when its id does not say what it is. */
export const nameOf = ({ id, kind }: RunFault): string => (id.startsWith(kind) ? id : `${id} (${kind})`);

/** Share of a fault that has set in; 1 for one that is there in full, as those of the wire are at once. */
export function levelOf(fault: RunFault, now_s: number): number {
  if ("family" in fault || fault.full_s <= fault.from_s) return 1;
  return Math.max(0, Math.min((now_s - fault.from_s) / (fault.full_s - fault.from_s), 1));
}

/** "45 s left", "40 % set in" for one that stays and still sets in, or nothing. */
export function progressOf(fault: RunFault, now_s: number): string {
  if (fault.ends_s !== undefined) return `${formatSpan(Math.max(fault.ends_s - now_s, 0))} left`;
  const level = levelOf(fault, now_s);
  return level < 1 ? `${Math.floor(level * 100)} % set in` : "";
}

/** Why a kind cannot be on a unit; undefined for one that can. */
export function whyNot(
  kind: FaultEntry,
  { opcua, mqttsn }: Plan["units"][number],
  { wireFamilies }: Pick<Look, "wireFamilies">,
): string | undefined {
  const { family, needsSecurity } = kind;
  if (!isOnWire(kind)) return undefined;
  if (family === "mqttsn" ? !mqttsn : !opcua)
    return family === "mqttsn" ? "The unit has no MQTT-SN device." : "The unit has no OPC UA server.";
  if (!wireFamilies.some((it) => it === family))
    return (
      "In a plant as large as this one, only links that the scenario has a fault for can have one by hand. " +
      `Write one of the family ${family} for this unit, or run fewer units.`
    );
  if (needsSecurity && opcua?.security.every((it) => it === "none"))
    return "Its server offers no security, so nobody looks at its certificate.";
  return undefined;
}
