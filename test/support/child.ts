import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A peer in another process, whose lines (both streams) a test awaits. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #lines: string[] = [];
  #awake: () => void = () => undefined;

  constructor(program: string, args: readonly string[]) {
    this.#process = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#exit = once(this.#process, "close");
    this.#exit.then(
      () => this.#awake(),
      () => this.#awake(),
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lines.push(line);
        this.#awake();
      });
    }
  }

  get #ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** The first line that matches, now or later; takes it and the lines before it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const at = this.#lines.findIndex((line) => pattern.test(line));
      if (at >= 0) return this.#lines.splice(0, at + 1)[at] ?? "";
      if (this.#ended) {
        throw new Error(`ended without a line like ${pattern}: ${this.#lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => {
        this.#awake = resolve;
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Kills it, if it still runs, and waits for its end. */
  async end(): Promise<void> {
    if (!this.#ended) this.#process.kill("SIGKILL");
    await this.#exit.catch(() => undefined);
  }
}
