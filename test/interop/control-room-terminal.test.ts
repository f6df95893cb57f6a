/** How the control room behaves on a real terminal, tmux's: whatever ends it, the terminal is as it was before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { peer } from "../support/peers.ts";
import { childrenOf, Terminal, type TerminalOptions } from "../support/terminal.ts";
import { scenarioText } from "../support/scenario-text.ts";

const tmux = peer("tmux");

const MAIN = path.resolve("dist/cli/main.js");
const DEMO = path.resolve("scenarios/demo.yaml");
const SIZE = { columns: 160, rows: 40 };

const opened: Terminal[] = [];

async function open(options: Partial<TerminalOptions> = {}): Promise<Terminal> {
  const terminal = await Terminal.open({ ...SIZE, ...options });
  opened.push(terminal);
  return terminal;
}

afterEach(async () => {
  for (const terminal of opened.splice(0)) await terminal.close();
});

/** Starts the program and waits until its screen is there. @returns its process id, and those of its hosts */
async function start(room: Terminal, args = "", node = ""): Promise<[number, ...number[]]> {
  room.enter(`${process.execPath} ${node} ${MAIN} up ${DEMO} --no-endpoints ${args}; echo "code $?"`);
  await room.until(/\d of \d units/);
  expect(room.isAlternate).toBe(true);
  const [program] = childrenOf(room.shell);
  return [program!, ...childrenOf(program!)];
}

/** Resolves when none of them runs any more. */
async function ended(processes: readonly number[]): Promise<void> {
  await Promise.all(
    processes.map((pid) => once(spawn("tail", ["--pid", String(pid), "-f", "/dev/null"]), "close")),
  );
}

/** What stands on the terminal when the program has ended so, and the terminal is a shell's again. */
async function givenBack(room: Terminal, code: number): Promise<string> {
  const left = await room.until(new RegExp(`^code ${code}$`, "m"));
  expect([room.isAlternate, room.showsCursor]).toEqual([false, true]);
  room.enter("clear; stty -a; echo over");
  const modes = await room.until(/^over$/m);
  for (const mode of ["icanon", "echo", "isig", "icrnl", "opost"])
    expect(modes).toMatch(new RegExp(`(?:^| )${mode}(?: |$)`, "m"));
  return left;
}

/** A mistake of ours that a signal provokes. */
function mistake(room: Terminal, code: string): string {
  writeFileSync(path.join(room.folder, "mistake.mjs"), `process.on("SIGUSR2", () => { ${code} });\n`);
  return "--import ./mistake.mjs";
}

/** That one line tells of a defect, and a file where it came from. */
function expectDefect(screen: string): void {
  expect(screen).toMatch(/^error\[internal\]: something that must not happen has happened$/m);
  expect(screen).not.toMatch(/injected|^\s+at /m);
  const [, file] = /the seed and (\S+)\.$/m.exec(screen)!;
  expect(readFileSync(file!, "utf8")).toMatch(/^Error: injected\n +at /);
}

describe.skipIf(!tmux)("the terminal is given back", () => {
  test.each([
    ["one process", ""],
    ["two hosts", "--hosts 2"],
  ])("after Ctrl-C, of %s", async (_of, args) => {
    const room = await open();
    const processes = await start(room, args);
    room.press("C-c");
    expect(await givenBack(room, 130)).toMatch(/^demo interrupted after/m);
    await ended(processes);
  });

  test.each(["SIGTERM", "SIGHUP"])("after %s", async (signal) => {
    const room = await open();
    const processes = await start(room, "--hosts 2");
    process.kill(processes[0], signal);
    expect(await givenBack(room, 130)).toMatch(/^demo interrupted after/m);
    await ended(processes);
  });

  test.each([
    ["an exception", 'throw new Error("injected");'],
    ["a rejection that nobody handles", 'Promise.reject(new Error("injected"));'],
  ])("after %s", async (_what, code) => {
    const room = await open();
    const processes = await start(room, "--hosts 2", mistake(room, code));
    process.kill(processes[0], "SIGUSR2");
    const left = await givenBack(room, 5);
    expectDefect(left);
    expect(left).toMatch(/^ {2}again {5}taktwerk up .*demo\.yaml/m);
    await ended(processes);
  });

  test("after a screen that cannot be drawn, and the plant goes on", async () => {
    const room = await open();
    const broken = `
      const { padEnd } = String.prototype;
      String.prototype.padEnd = function (...given) {
        if (new Error().stack.includes("/tui/")) throw new Error("injected");
        return padEnd.apply(this, given);
      };`;
    const processes = await start(room, "", mistake(room, broken));
    process.kill(processes[0], "SIGUSR2");
    expectDefect(await room.until(/^the plant goes on without its screen, Ctrl-C ends$/m));
    expect([room.isAlternate, room.showsCursor]).toEqual([false, true]);
    await room.until(/^ {2}cnc-01 /m);
    room.press("C-c");
    expect(await givenBack(room, 5)).toMatch(/^\^Cdemo interrupted after/m);
    await ended(processes);
  });

  test("after q, which ends with what the checks say", async () => {
    const room = await open();
    const checks = `checks: [{ name: made, never: 'unit.counters["parts-produced"] >= 0' }]\n`;
    writeFileSync(path.join(room.folder, "failing.yaml"), scenarioText({ top: checks }));
    room.enter(`${process.execPath} ${MAIN} up failing.yaml --no-endpoints; echo "code $?"`);
    await room.until(/1 of 1 units/);
    room.press("q");
    await room.until(/End the run/);
    room.press("y");
    expect(await givenBack(room, 1)).toMatch(/^ {2}failed +made/m);
  });
});

test.skipIf(!tmux)("a terminal that is closed ends the run, and leaves no process behind", async () => {
  const room = await open();
  // A shell that outlives it tells how it ended.
  room.enter("trap : HUP");
  const processes = await start(room, "--hosts 2");
  room.hangUp();
  await ended(processes);
});

test.skipIf(!tmux)("nothing stops it in the background", async () => {
  const room = await open();
  const [program] = await start(room);
  process.kill(program, "SIGTSTP");
  room.press("C-z", "6");
  await room.until(/\[6 Log\]/);
  room.press("C-c");
  await givenBack(room, 130);
});

/** Any but the sixteen colours of a terminal, and any at all. */
const MANY_COLOURS = /\x1b\[(?:\d+;)*[34]8[;:]/;
const COLOURS = /\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m/;

describe.skipIf(!tmux)("colours", () => {
  const everyScreen = async (room: Terminal): Promise<string> => {
    const titles = ["Fleet", "Unit", "Alarms", "Faults", "Wire", "Log"];
    for (const [i, title] of titles.entries()) {
      room.press(String(i + 1));
      await room.until(new RegExp(`\\[${i + 1} ${title}\\]`));
    }
    return room.written;
  };

  test.each([
    ["a terminal of sixteen", { TERM: "xterm" }],
    ["a screen of sixteen", { TERM: "screen-16color" }],
    ["a terminal of millions", { TERM: "xterm-256color", COLORTERM: "truecolor" }],
  ])("on %s are its own sixteen", async (_on, variables) => {
    const room = await open({ variables });
    await start(room);
    const written = await everyScreen(room);
    expect(written).toMatch(COLOURS);
    expect(written).not.toMatch(MANY_COLOURS);
  });

  test.each([
    ["NO_COLOR", { NO_COLOR: "1" }, ""],
    ["--no-color", {}, "--no-color"],
  ])("are none with %s", async (_how, variables, args) => {
    const room = await open({ variables });
    await start(room, args);
    expect(await everyScreen(room)).not.toMatch(COLOURS);
  });
});

test.skipIf(!tmux).each([
  ["a terminal that can do nothing", { TERM: "dumb" }, ""],
  ["a pipe", {}, "| cat"],
])("on %s there are plain lines", async (_on, variables, pipe) => {
  const room = await open({ variables });
  room.enter(`${process.execPath} ${MAIN} up ${DEMO} --no-endpoints ${pipe}`);
  await room.until(/^ {2}cnc-01 /m);
  expect(room.written).toContain("units run, Ctrl-C ends");
  expect(room.written).not.toContain("\x1b");
});

/** Whether a screen fills a terminal from its first to its last line, each where it belongs. */
function isWhole(screen: string, rows: number): boolean {
  const lines = screen.split("\n").slice(0, rows);
  const places = (text: string): number[] => lines.flatMap((line, i) => (line.includes(text) ? i : []));
  const isAt = (text: string, row: number): boolean => String(places(text)) === String(row);
  return isAt(" demo  ", 0) && isAt("1 Fleet", 1) && isAt(" ? help", rows - 1) && isAt(" q quit", rows - 1);
}

describe.skipIf(!tmux)("a terminal that changes its size", () => {
  test.each(["1 Fleet", "2 Unit", "3 Alarms", "4 Faults", "5 Wire", "6 Log"])(
    "on the screen %s",
    async (title) => {
      const room = await open({ columns: 120, rows: 30 });
      await start(room);
      room.press(title[0]!);
      await room.until((screen) => screen.includes(`[${title}]`));
      for (const [columns, rows] of [
        [80, 24],
        [200, 60],
        [40, 10],
        [30, 5],
        [120, 30],
      ] as const) {
        room.resize(columns, rows);
        const isTiny = columns < 40;
        await room.until((screen) =>
          isTiny ? /^at least 40×10, please\n+$/.test(screen) : isWhole(screen, rows),
        );
      }
    },
  );
});
