import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const MAIN = path.resolve("dist/cli/main.js");

/** How a command ended: an exit code, or the signal that killed it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line in another process. */
export class Command {
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  #stdout = "";
  #stderr = "";
  #isOver = false;
  #awake: () => void = () => undefined;

  /**
   * @param nodeOptions  for Node.js itself, such as `--import module`
   * @param input        what it reads from standard input; none when left out
   * @param variables    of its environment, beside ours
   */
  constructor(
    folder: string,
    args: readonly string[],
    nodeOptions: readonly string[] = [],
    input?: string,
    variables: Readonly<Record<string, string>> = {},
  ) {
    // Another language must not change our words, nor a terminal's colours; nor are we in a job of our own.
    const german = { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8", NODE_OPTIONS: "", GITHUB_ACTIONS: "" };
    const env = { ...process.env, ...german, ...variables };
    const stdio = [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] as const;
    this.#process = spawn(process.execPath, [...nodeOptions, MAIN, ...args], {
      cwd: folder,
      env,
      stdio: [...stdio],
    });
    this.#process.stdin?.end(input);
    this.#process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#awake();
    });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#awake();
    });
    this.ended = once(this.#process, "close").then(([code, signal]) => {
      this.#isOver = true;
      this.#awake();
      return { code, signal, stdout: this.#stdout, stderr: this.#stderr } as Ending;
    });
  }

  /** Resolves with the first line of standard output that matches; throws when it ends without one. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const complete = this.#stdout.slice(0, this.#stdout.lastIndexOf("\n") + 1).split("\n");
      const found = complete.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#isOver) throw new Error(`ended without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#awake = resolve;
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Closes our end of its standard output, as `head` does. */
  stopReading(): void {
    this.#process.stdout!.destroy();
  }

  /** Reads nothing more, and leaves the pipe open until it has ended. */
  pauseReading(): void {
    const { stdout } = this.#process;
    stdout!.pause();
    this.#process.once("exit", () => stdout!.resume());
  }

  get pid(): number {
    return this.#process.pid!;
  }
}

/** A temporary folder in which commands run; `close` also kills what still runs there. */
export class Workspace {
  readonly folder = mkdtempSync(path.join(tmpdir(), "taktwerk-cli-"));
  readonly #commands: Command[] = [];

  write(name: string, content: string | Uint8Array): string {
    mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    writeFileSync(path.join(this.folder, name), content);
    return name;
  }

  start(
    args: readonly string[],
    nodeOptions: readonly string[] = [],
    input?: string,
    variables?: Readonly<Record<string, string>>,
  ): Command {
    const command = new Command(this.folder, args, nodeOptions, input, variables);
    this.#commands.push(command);
    return command;
  }

  /** Runs a command to its end. */
  run(...args: string[]): Promise<Ending> {
    return this.start(args).ended;
  }

  async close(): Promise<void> {
    for (const command of this.#commands) command.signal("SIGKILL");
    await Promise.all(this.#commands.map((command) => command.ended));
    rmSync(this.folder, { recursive: true });
  }
}
