/** How octets that came differ from octets that were sent. */

/** Octets on each side that are shown from the first difference on. */
const SHOWN = 12;

/** The share of octets that two messages have in common, from the begin on and from the end back: 0 to 1. */
export function similarity(a: Uint8Array, b: Uint8Array): number {
  const least = Math.min(a.length, b.length);
  const prefix = commonPrefix(a, b);
  let suffix = 0;
  while (suffix < least - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  return (prefix + suffix) / Math.max(1, a.length, b.length);
}

/** For people: where the first difference is, and what stands there. */
export function firstDifference(sent: Uint8Array, came: Uint8Array): string {
  const at = commonPrefix(sent, came);
  const length = sent.length === came.length ? `${sent.length}` : `${sent.length} sent, ${came.length} came;`;
  return `octets: ${length} from octet ${at} on ${shown(sent, at)} was sent and ${shown(came, at)} came`;
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  const least = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < least && a[prefix] === b[prefix]) prefix++;
  return prefix;
}

function shown(octets: Uint8Array, at: number): string {
  const part = octets.subarray(at, at + SHOWN);
  if (part.length === 0) return "nothing";
  const isText = part.every((octet) => octet >= 0x20 && octet < 0x7f);
  return isText ? JSON.stringify(Buffer.from(part).toString("latin1")) : Buffer.from(part).toString("hex");
}
