/** The built program on a real terminal, tmux's: a fault is injected, its alarm acknowledged, the session run again. */
import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const MAIN = resolve("dist/cli/main.js");
const DEMO = resolve("scenarios/demo.yaml");
const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "taktwerk-tmux-"));
const socket = join(folder, "tmux");

const tmux = (...args: string[]): string =>
  execFileSync("tmux", ["-S", socket, ...args], { encoding: "utf8" });
const press = (...keys: string[]): string => tmux("send-keys", "-t", "room", ...keys);

/** A client in tmux's control mode, which hears of all that the program writes. */
let watcher: ChildProcessWithoutNullStreams | undefined;

/** Resolves with the first screen that shows it. */
async function until(pattern: RegExp): Promise<string> {
  for (;;) {
    const written = once(watcher!.stdout, "data");
    const screen = tmux("capture-pane", "-p", "-t", "room");
    if (pattern.test(screen)) return screen;
    await written;
  }
}

afterAll(() => {
  watcher?.kill();
  if (hasTmux) spawnSync("tmux", ["-S", socket, "kill-server"]);
  rmSync(folder, { recursive: true });
});

test.skipIf(!hasTmux)(
  "a session on a terminal is a scenario that runs to the same digest, and the terminal is given back",
  async () => {
    // Ink draws nothing in a CI, where there is no terminal; here there is one.
    const command = `cd ${folder} && env -u CI -u CONTINUOUS_INTEGRATION ${process.execPath} ${MAIN} up ${DEMO} --no-endpoints; echo "code $?"; exec sleep 600`;
    tmux("new-session", "-d", "-s", "room", "-x", "120", "-y", "40", command);
    watcher = spawn("tmux", ["-S", socket, "-C", "attach", "-f", "ignore-size", "-t", "room"]);
    await until(/> +. +cnc-01 +Cutting|> +cnc-01 +Cutting/);
    press("Enter");
    await until(/\[2 Unit\][\s\S]*Spindle load/);
    press("f");
    await until(/> equipment tool-wear/);
    press("Down");
    press("Down");
    press("Down");
    await until(/> equipment servo-overload/);
    press("Enter");
    await until(/inject servo-overload into cnc-01/);
    press("Enter");
    await until(/inject-fault .* done/);
    press("+", "3");
    await until(/\* ACTIVE +cnc-01/);
    press("a");
    await until(/acknowledge .* done/);
    press("w");
    await until(/write session to demo-session-1.yaml/);
    press("Enter");
    const [, digest] = /2 commands, digest ([0-9a-f]{16}): taktwerk run/.exec(
      await until(/demo-session-1.yaml --speed max/),
    )!;
    press("q");
    await until(/End the run/);
    press("y");
    const restored = await until(/code 0/);
    expect(restored).toMatch(/demo interrupted after/);
    expect(restored).not.toMatch(/\[3 Alarms\]/);
    const again = spawnSync(process.execPath, [MAIN, "run", "demo-session-1.yaml", "--speed", "max"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(again.stdout).toContain(`digest    ${digest}`);
    expect(again.status).toBe(0);
  },
  90_000,
);
