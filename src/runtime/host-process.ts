/**
 * The program of a host process: builds its host from the first message, then answers calls. It ends with the
 * run that forked it, so that no orphan stays.
 */
import { EXIT } from "../errors.ts";
import { Host } from "./host.ts";
import type { HostTask } from "./host-link.ts";
import { ALIVE_EVERY_MS, pack, type FromHost, type HostMethod, type ToHost } from "./remote-host.ts";
import { keepYoungGenerationSmall } from "./young-generation.ts";

let host: Host | undefined;

const say = (message: FromHost): void => {
  if (process.connected) process.send!(message);
};

function build(task: HostTask): Host {
  if (task.plan.speed === "max") keepYoungGenerationSmall();
  return new Host(task, {
    log: (line) => say({ kind: "log", line }),
    input: (input) => say({ kind: "input", input }),
  });
}

async function answer(id: number, method: HostMethod, args: readonly unknown[]): Promise<void> {
  try {
    const call = host![method] as (...args: readonly unknown[]) => Promise<unknown>;
    say({ kind: "answer", id, value: await call.apply(host, [...args]) });
  } catch (error) {
    say({ kind: "failure", id, errors: pack(error) });
  }
}

process.on("message", (message: ToHost) => {
  if (message.kind === "task") host = build(message.task);
  // One that could not be built answers nothing, and ends for that reason.
  else if (host) void answer(message.id, message.method, message.args);
});
process.on("disconnect", () => process.exit(EXIT.pass));
// Ctrl-C, and its end, reach every process of the terminal; the run decides what they mean.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
/** Ends with what nothing has caught; the run tells people of it. */
function die(error: unknown): void {
  if (!process.connected) process.exit(EXIT.internal);
  process.send!({ kind: "died", errors: pack(error) } satisfies FromHost, () => process.exit(EXIT.internal));
}
process.on("uncaughtException", die);
process.on("unhandledRejection", die);
setInterval(() => say({ kind: "alive" }), ALIVE_EVERY_MS);
