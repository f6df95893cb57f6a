/**
 * Whether this machine's kernel dropped datagrams between devices and a gateway: a socket that is not read in time
 * overflows, which is not the gateway's loss alone. Linux counts that for each socket in /proc/net/udp.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

const TABLES = ["/proc/net/udp", "/proc/net/udp6"];
const LOOK_EVERY_MS = 500;

/** A socket's drops so far. */
interface Row {
  readonly inode: string;
  readonly isGateway: boolean;
  readonly drops: number;
}

/** The sockets of a gateway on this machine and of the devices that are connected to it. */
export class UdpDrops {
  readonly #ports: ReadonlySet<number>;
  readonly #tables: readonly string[];
  readonly #known = new Map<string, number>();
  #isSeen = false;
  /** Times between two looks in which a counter moved, or up to which no gateway's socket was seen */
  readonly #doubtful: { readonly from_ms: number; readonly to_ms: number }[] = [];
  #looked_ms = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param ports   of gateways on this machine
   * @param tables  files to read; those of Linux when left out
   */
  constructor(ports: ReadonlySet<number>, tables = TABLES) {
    this.#ports = ports;
    this.#tables = tables;
  }

  /** @param now_ms  milliseconds since 1970, as everywhere here */
  start(now_ms: number): void {
    this.#looked_ms = now_ms;
    // What was dropped before is of no matter.
    this.#note(this.#rows());
    if (!this.#isSeen) this.#doubt(now_ms, now_ms);
    this.#timer = setInterval(() => this.look(Date.now()), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(now_ms: number): void {
    const rows = this.#rows();
    const moved = rows.some(({ inode, drops }) => drops > (this.#known.get(inode) ?? 0));
    this.#note(rows);
    // A gateway's socket that is gone has lost what it had; one that was never seen may be anywhere.
    if (moved || !this.#isSeen) this.#doubt(this.#looked_ms, now_ms);
    this.#looked_ms = now_ms;
  }

  /** Whether nothing was dropped then, as far as can be known. */
  isClean(from_ms: number, to_ms: number): boolean {
    return !this.#doubtful.some((it) => it.from_ms <= to_ms && it.to_ms >= from_ms);
  }

  #note(rows: readonly Row[]): void {
    for (const { inode, drops } of rows) this.#known.set(inode, drops);
    this.#isSeen ||= rows.some(({ isGateway }) => isGateway);
  }

  #doubt(from_ms: number, to_ms: number): void {
    const last = this.#doubtful.at(-1);
    if (last?.to_ms === from_ms) this.#doubtful[this.#doubtful.length - 1] = { ...last, to_ms };
    else this.#doubtful.push({ from_ms, to_ms });
  }

  #rows(): Row[] {
    return this.#tables.flatMap((file) => {
      try {
        return rowsOf(readFileSync(file, "utf8"), this.#ports);
      } catch {
        // Another system, or a container without it: then nothing is known, and `look` doubts.
        return [];
      }
    });
  }
}

/** `sl local_address rem_address st queues tr retransmits uid timeout inode ref pointer drops`, addresses as HEX:HEX. */
function rowsOf(table: string, ports: ReadonlySet<number>): Row[] {
  const rows: Row[] = [];
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 13) continue;
    const isGateway = ports.has(portIn(fields[1]!));
    if (!isGateway && !ports.has(portIn(fields[2]!))) continue;
    rows.push({ inode: fields[9]!, isGateway, drops: Number(fields[12]) });
  }
  return rows;
}

const portIn = (address: string): number => Number.parseInt(address.slice(address.lastIndexOf(":") + 1), 16);

/** Whether an address is one of this machine's. */
export function isOfThisMachine(host: string): boolean {
  if (host === "localhost" || /^127\./.test(host) || host === "::1") return true;
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host));
}
