/**
 * The corpus as text: a line a step, `#` begins a comment.
 *
 *     2 0604040161        datagram of socket 2, or octets on connection 2
 *     1 close             an end of connection 1; or `reset`
 */
import type { Step } from "./mqtt-grammar.ts";
import type { Datagram } from "./mqttsn-grammar.ts";

function linesOf(text: string): [number, string][] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return lines.filter(Boolean).map((line) => {
    const [number = "", ...rest] = line.split(/\s+/);
    return [Number(number), rest.join("")];
  });
}

export const datagramsOf = (text: string): Datagram[] =>
  linesOf(text).map(([socket, hex]) => ({ socket, octets: Buffer.from(hex, "hex") }));

export const stepsOf = (text: string): Step[] =>
  linesOf(text).map(([connection, what]) =>
    what === "close" || what === "reset"
      ? { connection, end: what }
      : { connection, octets: Buffer.from(what, "hex") },
  );
