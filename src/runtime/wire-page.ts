import { addRoundTrips, type RoundTrips } from "./latency.ts";
import { addWire, type GatewayCounts, type WireCounts } from "./result.ts";

/** What a page of endpoints can be sorted by, the largest first; names from a to z. */
export const WIRE_SORTS = ["name", "sessions", "notifications", "published", "retransmitted"] as const;

export type WireSort = (typeof WIRE_SORTS)[number];

/** What somebody wants to see of a plant's endpoints: a page of the units that have some. */
export interface WireQuery {
  /** Only units whose name contains this, in any case. */
  readonly text: string;
  readonly sort: WireSort;
  readonly offset: number;
  readonly limit: number;
}

/** A unit's own endpoints; those of a server that several units share count with each of them. */
export interface WireRow {
  readonly name: string;
  readonly counts: WireCounts;
  /** Data changes and events that its server has sent since the start; undefined without a server. */
  readonly notifications: number | undefined;
  /** Whether its server is down. */
  readonly isOffline: boolean;
  /** Whether its device has no gateway. */
  readonly isLost: boolean;
}

/** A gateway, and how many devices are connected with it. */
export interface GatewayUse {
  /** "udp://127.0.0.1:21884" */
  readonly address: string;
  readonly devices: number;
}

/** The gateway of the run itself. */
export interface GatewayState {
  /** "udp://127.0.0.1:21884" */
  readonly address: string;
  readonly counts: GatewayCounts;
  /** "127.0.0.1:21883" */
  readonly broker: string;
  /** What a broker that is embedded as well has counted; undefined for one elsewhere. */
  readonly embedded: { readonly clients: number; readonly published: number } | undefined;
}

export interface WirePage {
  /** Units that have endpoints. */
  readonly units: number;
  /** Of those, the ones that the query's filter leaves. */
  readonly matching: number;
  /** Units of the whole plant whose server is down, and whose device has no gateway. */
  readonly offline: number;
  readonly lost: number;
  /** Those in trouble first. */
  readonly rows: readonly WireRow[];
  /** Sums over the whole plant. */
  readonly counts: WireCounts;
  readonly notifications: number;
  /** Undefined without devices. */
  readonly roundTrips: RoundTrips | undefined;
  readonly gateways: readonly GatewayUse[];
  /** Undefined when the run has no gateway of its own; a host does not know. */
  readonly embedded: GatewayState | undefined;
}

/** How the endpoints of a host are. */
export interface WireState {
  /** By unit that has one */
  readonly servers: ReadonlyMap<string, { readonly notifications: number; readonly isDown: boolean }>;
  /** Of all servers */
  readonly notifications: number;
  /** Units whose device has no gateway */
  readonly lost: ReadonlySet<string>;
  readonly gateways: readonly GatewayUse[];
  readonly roundTrips: RoundTrips | undefined;
}

/** A host's answer: its first `offset + limit` rows. @param countsOf  what a unit's endpoints have seen, {} without */
export function pageWire(
  units: readonly string[],
  { servers, notifications, lost, gateways, roundTrips }: WireState,
  countsOf: (unit?: string) => WireCounts,
  query: WireQuery,
): WirePage {
  const all = units.flatMap((name): WireRow[] => {
    const counts = countsOf(name);
    if (!counts.opcua && !counts.mqttsn) return [];
    const server = servers.get(name);
    const isOffline = server?.isDown ?? false;
    return [{ name, counts, notifications: server?.notifications, isOffline, isLost: lost.has(name) }];
  });
  const matching = all.filter(({ name }) => name.toLowerCase().includes(query.text.toLowerCase()));
  return {
    units: all.length,
    matching: matching.length,
    offline: all.filter(({ isOffline }) => isOffline).length,
    lost: all.filter(({ isLost }) => isLost).length,
    rows: matching.sort(comparing(query)).slice(0, query.offset + query.limit),
    counts: countsOf(),
    ...{ notifications, roundTrips, gateways, embedded: undefined },
  };
}

/** One page over the answers of all hosts. */
export function mergeWirePages(pages: readonly WirePage[], query: WireQuery): WirePage {
  const total = (of: (page: WirePage) => number): number => pages.reduce((sum, page) => sum + of(page), 0);
  const roundTrips = pages.flatMap((page) => page.roundTrips ?? []);
  const devices = new Map<string, number>();
  for (const { address, devices: count } of pages.flatMap(({ gateways }) => gateways))
    devices.set(address, (devices.get(address) ?? 0) + count);
  return {
    units: total((page) => page.units),
    matching: total((page) => page.matching),
    offline: total((page) => page.offline),
    lost: total((page) => page.lost),
    rows: pages
      .flatMap(({ rows }) => rows)
      .sort(comparing(query))
      .slice(query.offset, query.offset + query.limit),
    counts: addWire(pages.map(({ counts }) => counts)),
    notifications: total((page) => page.notifications),
    roundTrips: roundTrips.length === 0 ? undefined : addRoundTrips(roundTrips),
    gateways: [...devices].map(([address, count]) => ({ address, devices: count })),
    embedded: undefined,
  };
}

/** Those in trouble first; ties go by name, so that a page does not flicker. */
function comparing({ sort }: WireQuery): (a: WireRow, b: WireRow) => number {
  const trouble = ({ isOffline, isLost }: WireRow): number => Number(isOffline || isLost);
  return (a, b) =>
    trouble(b) - trouble(a) ||
    SIZE[sort](b) - SIZE[sort](a) ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const SIZE: Readonly<Record<WireSort, (row: WireRow) => number>> = {
  name: () => 0,
  sessions: ({ counts }) => counts.opcua?.sessions ?? -1,
  notifications: ({ notifications }) => notifications ?? -1,
  published: ({ counts }) => counts.mqttsn?.published ?? -1,
  retransmitted: ({ counts }) => counts.mqttsn?.retransmitted ?? -1,
};
