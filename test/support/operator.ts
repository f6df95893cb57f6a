import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** An event as the operator's client received it; fields that it does not have are null. */
export type OperatorEvent = Readonly<Record<string, unknown>>;

/** An operator's OPC UA client in another process, see test/interop/peers/opcua-operator.ts. */
export class Operator {
  readonly events: OperatorEvent[] = [];
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (message: { answer?: unknown; error?: string }) => void>();
  readonly #ready: Promise<void>;
  #awake: () => void = () => undefined;
  #requests = 0;

  constructor(endpointUrl: string, pkiFolder: string, mode: "None" | "SignAndEncrypt" = "None") {
    const args = ["test/interop/peers/opcua-operator.ts", endpointUrl, pkiFolder, mode];
    this.#process = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#ready = new Promise((resolve, reject) => {
      this.#process.once("exit", (code) => reject(new Error(`the operator ended with ${code}`)));
      createInterface({ input: this.#process.stdout! }).on("line", (line) => {
        const message = JSON.parse(line);
        if (message.ready) resolve();
        else if (message.event) this.events.push(message.event);
        else this.#answers.get(message.id)?.(message);
        this.#awake();
      });
    });
  }

  /** @throws Error with the client's message when the service failed */
  async ask<T = unknown>(op: string, request: Readonly<Record<string, unknown>> = {}): Promise<T> {
    await this.#ready;
    const id = this.#requests++;
    const answered = new Promise<{ answer?: unknown; error?: string }>((resolve) => {
      this.#answers.set(id, resolve);
    });
    this.#process.stdin!.write(`${JSON.stringify({ ...request, id, op })}\n`);
    const { answer, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return answer as T;
  }

  /** The status of a method call; arguments as [type, value]. */
  async call(
    node: string,
    method: string,
    ...given: readonly (readonly [string, unknown])[]
  ): Promise<string> {
    const args = given.map(([type, value]) => ({ type, value }));
    return (await this.ask<{ status: string }>("call", { node, method, arguments: args })).status;
  }

  async read(node: string): Promise<unknown> {
    return (await this.ask<{ value: unknown }>("read", { node })).value;
  }

  /** The first event that fits, now or later; it and those before it are taken. */
  async event(fits: (event: OperatorEvent) => boolean): Promise<OperatorEvent> {
    for (;;) {
      const at = this.events.findIndex(fits);
      if (at >= 0) return this.events.splice(0, at + 1)[at]!;
      await new Promise<void>((resolve) => {
        this.#awake = resolve;
      });
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin!.end();
    await ended;
  }
}
