/** The built program on a real terminal, tmux's: a fault is injected, its alarm acknowledged, the session run again. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { peer } from "../support/peers.ts";
import { Terminal } from "../support/terminal.ts";

const tmux = peer("tmux");

const MAIN = resolve("dist/cli/main.js");
const DEMO = resolve("scenarios/demo.yaml");

let terminal: Terminal | undefined;

afterAll(() => terminal?.close());

test.skipIf(!tmux)(
  "a session on a terminal is a scenario that runs to the same digest, and the terminal is given back",
  async () => {
    const room = (terminal = await Terminal.open({ columns: 120, rows: 40 }));
    room.enter(`${process.execPath} ${MAIN} up ${DEMO} --no-endpoints; echo "code $?"`);
    await room.until(/> +. +cnc-01 +Cutting|> +cnc-01 +Cutting/);
    room.press("Enter");
    await room.until(/\[2 Unit\][\s\S]*Spindle load/);
    room.press("f");
    await room.until(/> equipment tool-wear/);
    room.press("Down");
    room.press("Down");
    room.press("Down");
    await room.until(/> equipment servo-overload/);
    room.press("Enter");
    await room.until(/inject servo-overload into cnc-01/);
    room.press("Enter");
    await room.until(/inject-fault .* done/);
    room.press("+", "3");
    await room.until(/\* ACTIVE +cnc-01/);
    room.press("a");
    await room.until(/acknowledge .* done/);
    room.press("w");
    await room.until(/write session to demo-session-1.yaml/);
    room.press("Enter");
    const [, digest] = /2 commands, digest ([0-9a-f]{16}): taktwerk run/.exec(
      await room.until(/demo-session-1.yaml --speed max/),
    )!;
    room.press("q");
    await room.until(/End the run/);
    room.press("y");
    const restored = await room.until(/code 0/);
    expect(restored).toMatch(/demo interrupted after/);
    expect(restored).not.toMatch(/\[3 Alarms\]/);
    const again = spawnSync(process.execPath, [MAIN, "run", "demo-session-1.yaml", "--speed", "max"], {
      cwd: room.folder,
      encoding: "utf8",
    });
    expect(again.stdout).toContain(`digest    ${digest}`);
    expect(again.status).toBe(0);
  },
  90_000,
);
