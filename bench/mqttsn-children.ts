import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { DevicesTask } from "./mqttsn-devices.ts";

export function startChild(file: string, ...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, file), args, { execArgv: ["--expose-gc"] });
  child.once("exit", (code) => {
    if (code) throw new Error(`${file} ended with ${code}`);
  });
  return child;
}

/** The next thing that a process says, after it was asked for it. */
export async function next<T>(child: ChildProcess, request?: DevicesTask | "report"): Promise<T> {
  const said = once(child, "message") as Promise<[T]>;
  if (request !== undefined) child.send(request);
  return (await said)[0];
}

export async function end(...children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
  }
}
