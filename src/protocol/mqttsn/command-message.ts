import type { Command, CommandResult, PlantPort, Value } from "../port.ts";

/**
 * What stands on a command topic, JSON:
 *
 *     {"id":"17","command":"set-override","arguments":{"which":"feed","percent":80}}
 *
 * `id` is given back in the answer and may be missing, as may `arguments`. The answer, JSON as well:
 *
 *     {"id":"17","command":"set-override","done":true}
 *     {"id":"17","command":"paint","done":false,"status":2155347968,"reason":"a machining centre has no command …"}
 */
interface CommandMessage extends Command {
  readonly id: string | number | undefined;
}

/** Longer ones are refused unread, since the answer repeats what was asked and must fit a datagram. */
const LONGEST_COMMAND = 4_096;

/** OPC UA status for an argument that cannot be (BadInvalidArgument). */
const INVALID_ARGUMENT = 0x80ab_0000;

const TEXT = new TextEncoder();
const UTF8 = new TextDecoder();

/** Does what a message asks of a unit. @returns the answer's payload; a message that asks nothing is refused in it */
export function answerCommand(port: PlantPort, unit: string, payload: Uint8Array): Uint8Array {
  const message =
    payload.length > LONGEST_COMMAND
      ? `the command is longer than ${LONGEST_COMMAND} octets`
      : parse(UTF8.decode(payload));
  const isCommand = typeof message !== "string";
  const result: CommandResult = isCommand
    ? port.command(unit, { name: message.name, arguments: message.arguments })
    : { done: false, status: INVALID_ARGUMENT, reason: message };
  const about = isCommand ? { id: message.id, command: message.name } : {};
  return TEXT.encode(JSON.stringify({ ...about, ...result }));
}

/** A command, or what is wrong with it. */
function parse(text: string): CommandMessage | string {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return "the command is no JSON";
  }
  if (!isRecord(data)) return "the command is no JSON object";
  const { id, command, arguments: given = {} } = data;
  if (typeof command !== "string") return 'there is no "command" with a name';
  if (id !== undefined && typeof id !== "string" && typeof id !== "number")
    return '"id" is neither text nor number';
  if (!isRecord(given) || !Object.values(given).every(isValue)) {
    return '"arguments" is no object of numbers, texts and truth values';
  }
  return { id, name: command, arguments: given as Record<string, Value> };
}

const isRecord = (data: unknown): data is Record<string, unknown> =>
  typeof data === "object" && data !== null && !Array.isArray(data);

const isValue = (data: unknown): boolean => ["number", "string", "boolean"].includes(typeof data);
