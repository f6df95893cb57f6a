import { createHash } from "node:crypto";

/** 5.3.1: characters; octets are the stricter reading, which MQTT 3.1 brokers apply. */
const MAX_CLIENT_ID = 23;
const HASH_DIGITS = 8;

/**
 * The unit's name when it has at most 23 octets. Else as much of its beginning as leaves room for "-" and the first
 * 8 hex digits of its SHA-256: the same in every run, and apart from other names with the same beginning.
 */
export function clientIdOf(unitName: string): string {
  if (Buffer.byteLength(unitName) <= MAX_CLIENT_ID) return unitName;
  let start = "";
  for (const character of unitName) {
    if (Buffer.byteLength(start + character) > MAX_CLIENT_ID - HASH_DIGITS - 1) break;
    start += character;
  }
  return `${start}-${createHash("sha256").update(unitName).digest("hex").slice(0, HASH_DIGITS)}`;
}
