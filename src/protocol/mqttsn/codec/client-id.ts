import type { Reader, Writer } from "./octets.ts";

/** 5.3.1: 1 to 23 characters. */
const MAX_CHARACTERS = 23;

const fits = (clientId: string): boolean => clientId !== "" && [...clientId].length <= MAX_CHARACTERS;

export function writeClientId(clientId: string, out: Writer): void {
  if (!fits(clientId)) throw new RangeError(`the client id "${clientId}" has not 1 to 23 characters`);
  out.text(clientId);
}

export function readClientId(body: Reader): string {
  const clientId = body.text();
  if (!fits(clientId)) body.object("client-id");
  return clientId;
}
