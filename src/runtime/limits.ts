import { readFileSync } from "node:fs";
import { CodedError } from "../errors.ts";
import type { Plan } from "../scenario/plan.ts";

/** Files and sockets that the process has open for itself, with a reserve. */
const OWN_FILES = 64;
/** Clients that a unit's OPC UA server is likely to see at once. */
const CLIENTS_EXPECTED = 2;

/** How many files the process may have open; undefined where the system does not tell. */
export function fileDescriptorLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    return undefined;
  }
}

/** How many a plan needs: listeners, clients, a socket a device, and the gateway's connection for each. */
export function fileDescriptorsNeeded(plan: Plan): number {
  let needed = OWN_FILES;
  for (const unit of plan.units) {
    if (unit.opcua) needed += 1 + CLIENTS_EXPECTED;
    if (unit.mqttsn) needed += unit.mqttsn.gateway ? 1 : 3;
  }
  return needed;
}

/** @throws CodedError `file-descriptors` when the plan needs more than the process may open */
export function checkFileDescriptors(plan: Plan, limit: number | undefined = fileDescriptorLimit()): void {
  const needed = fileDescriptorsNeeded(plan);
  if (limit === undefined || needed <= limit) return;
  const what = `the plant needs about ${needed} open files, this process may have ${limit}`;
  throw new CodedError("file-descriptors", what, `Set "ulimit -n ${needed}" first, or run fewer units.`);
}
