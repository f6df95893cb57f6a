/** What somebody outside asks of a unit: an operator's key, an OPC UA method, a message on a command topic. */
export interface UnitCommand {
  readonly name: string;
  readonly arguments: Readonly<Record<string, number | string | boolean>>;
}

/** A command that a unit knows, as the port describes it. */
export interface CommandHead {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly type: "string" | "double";
    readonly description: string;
  }[];
}

/** Done, or refused with an OPC UA status code that says why. */
export type CommandOutcome =
  { readonly done: true } | { readonly done: false; readonly status: number; readonly reason: string };

/** OPC UA Part 4 status codes of refusals. */
export const REFUSAL = {
  notSupported: 0x803d0000,
  invalidArgument: 0x80ab0000,
  outOfRange: 0x803c0000,
  invalidState: 0x80af0000,
  notFound: 0x803e0000,
  alreadyAcknowledged: 0x80cf0000,
  alreadyConfirmed: 0x80d00000,
  alreadyShelved: 0x80d10000,
  notShelved: 0x80d20000,
  shelvingTimeOutOfRange: 0x80d30000,
  exists: 0x809f0000,
  tooMany: 0x80100000,
} as const;

export const DONE: CommandOutcome = { done: true };

export function refuse(status: number, reason: string): CommandOutcome {
  return { done: false, status, reason };
}
