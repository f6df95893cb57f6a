/** From a client's method call to the plant's port, and back. */
import { StatusCodes, getStatusCodeFromCode } from "node-opcua";
import type { CallMethodResultOptions, ISessionContext } from "node-opcua";

import type { CommandResult } from "../port.ts";

/** What a client hears of a command: Good, or the status with which the plant refused. */
export const callResult = (result: CommandResult): CallMethodResultOptions => ({
  statusCode: result.done ? StatusCodes.Good : getStatusCodeFromCode(result.status),
});

/** The user behind a call, "" for an anonymous one. */
export function userOf(context: ISessionContext): string {
  const name = (context as { getUserName?: () => string }).getUserName?.() ?? "";
  return name === "anonymous" ? "" : name;
}
