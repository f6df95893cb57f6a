import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** As a program sees it: whoever can start a terminal is in no CI, in which Ink would draw nothing. */
const ENVIRONMENT = ["-u", "CI", "-u", "CONTINUOUS_INTEGRATION", "-u", "NO_COLOR", "-u", "FORCE_COLOR"];

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** Of the environment, beside ours; TERM is what tmux takes it for unless it stands here. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A real terminal with a shell in it, tmux's, on a server and in a folder of its own. */
export class Terminal {
  readonly folder = mkdtempSync(path.join(tmpdir(), "taktwerk-terminal-"));
  /** A client in control mode, which hears of all that is written. */
  readonly #watcher: ChildProcessWithoutNullStreams;

  private constructor({ columns, rows, variables = {} }: TerminalOptions) {
    const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const shell = ["env", ...ENVIRONMENT, ...set, "PS1=$ ", "sh"];
    const size = ["-x", String(columns), "-y", String(rows)];
    this.#tmux("new-session", "-d", "-s", "room", ...size, "-c", this.folder, ...shell);
    this.#tmux("set-option", "-g", "status", "off");
    this.#tmux("pipe-pane", "-t", "room", `exec cat >> ${this.#record}`);
    const attach = ["-S", this.#socket, "-C", "attach", "-f", "ignore-size", "-t", "room"];
    this.#watcher = spawn("tmux", attach);
    this.#watcher.stdout.resume();
  }

  /** Resolves when its shell waits for a line; what is written earlier stands before its prompt. */
  static async open(options: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal(options);
    await terminal.until(/^\$/);
    return terminal;
  }

  get #socket(): string {
    return path.join(this.folder, "tmux");
  }

  get #record(): string {
    return path.join(this.folder, "written");
  }

  /** What stands on it. */
  get screen(): string {
    return this.#tmux("capture-pane", "-p", "-t", "room");
  }

  /** Everything that was written to it so far, as it came. */
  get written(): string {
    return readFileSync(this.#record, "utf8");
  }

  /** Whether a program has the whole of it. */
  get isAlternate(): boolean {
    return this.#ask("alternate_on") === "1";
  }

  get showsCursor(): boolean {
    return this.#ask("cursor_flag") === "1";
  }

  /** Process id of its shell. */
  get shell(): number {
    return Number(this.#ask("pane_pid"));
  }

  /** Presses keys by tmux's names. */
  press(...keys: readonly string[]): void {
    this.#tmux("send-keys", "-t", "room", ...keys);
  }

  /** Writes a line into the shell. */
  enter(line: string): void {
    this.#tmux("send-keys", "-t", "room", "-l", line);
    this.press("Enter");
  }

  /** Closes it under what runs in it. */
  hangUp(): void {
    this.#tmux("kill-session", "-t", "room");
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-t", "room", "-x", String(columns), "-y", String(rows));
  }

  /** Resolves with the first screen that shows it, or of which it is so. */
  async until(isShown: RegExp | ((screen: string) => boolean)): Promise<string> {
    const isSo = typeof isShown === "function" ? isShown : (screen: string) => isShown.test(screen);
    for (;;) {
      const written = once(this.#watcher.stdout, "data");
      const { screen } = this;
      if (isSo(screen)) return screen;
      await written;
    }
  }

  /** Ends it and what runs in it. */
  async close(): Promise<void> {
    const { exitCode } = this.#watcher;
    const ended = exitCode === null ? once(this.#watcher, "close") : undefined;
    // It may be gone, with what it ran.
    spawnSync("tmux", ["-S", this.#socket, "kill-server"]);
    await ended;
    rmSync(this.folder, { recursive: true });
  }

  #ask(format: string): string {
    return this.#tmux("display-message", "-p", "-t", "room", `#{${format}}`).trim();
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync("tmux", ["-S", this.#socket, ...args], { encoding: "utf8" });
  }
}

/** Process ids of those that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
