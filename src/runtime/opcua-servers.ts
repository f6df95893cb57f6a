/** Which servers a host opens: one a unit, or one for all units that share one. */
import type { OpcUaPlan } from "../scenario/opcua-plan.ts";
import type { PlannedUnit } from "../scenario/plan.ts";

export interface ServerPlan {
  readonly name: string;
  /** In the order of the plan */
  readonly units: readonly [PlannedUnit, ...PlannedUnit[]];
  /** Those of its first unit, whose address it has */
  readonly opcua: OpcUaPlan;
}

/**
 * Whether a proxy listens in front of a unit's server: one carries out faults of the connection, and keeps a port that
 * was free for a server that goes down, which another program may take meanwhile.
 */
export const isBehindProxy = ({ wireFaults, opcua }: PlannedUnit): boolean =>
  wireFaults.some(({ family }) => family === "tcp" || (family === "opcua" && opcua?.port === 0));

/** @param units  of one host */
export function serversOf(units: readonly PlannedUnit[]): ServerPlan[] {
  const servers = new Map<string, { opcua: OpcUaPlan; units: [PlannedUnit, ...PlannedUnit[]] }>();
  for (const unit of units) {
    if (!unit.opcua) continue;
    const server = servers.get(unit.opcua.server);
    if (server) server.units.push(unit);
    else servers.set(unit.opcua.server, { opcua: unit.opcua, units: [unit] });
  }
  return [...servers].map(([name, server]) => ({ name, ...server }));
}

/**
 * The part of the units that one of several hosts gets. A server for all is one a host then, so it needs a name of
 * its own.
 */
export function unitsOfHost(units: readonly PlannedUnit[], host: number, hosts: number): PlannedUnit[] {
  const own = units.filter((_unit, i) => i % hosts === host);
  if (host === 0) return own;
  return own.map((unit) => {
    if (!unit.opcua || unit.opcua.server === unit.name) return unit;
    return { ...unit, opcua: { ...unit.opcua, server: `${unit.opcua.server}-${host + 1}` } };
  });
}
