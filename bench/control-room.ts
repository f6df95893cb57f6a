/**
 * `npm run bench -- control-room`: what it costs to look. The built program on a terminal of 200 by 60 characters, full
 * of units, and the same plant without a screen for comparison. Needs tmux, and /proc.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { peer } from "../test/support/peers.ts";
import { childrenOf, Terminal } from "../test/support/terminal.ts";
import { FigureTable, type Figure } from "./figure-table.ts";

const MAIN = path.resolve("dist/cli/main.js");
const SIZE = { columns: 200, rows: 60 };
/** Until the compiler has settled and the first machines have begun to cut. */
const SETTLE_MS = 20_000;
const LOOKS = 20;
const LOOK_EVERY_MS = 1000;
/** What Ink writes before each frame. */
const FRAME = "\x1b[?2026h";
/** /proc/PID/stat counts time in hundredths of a second. */
const TICK_MS = 10;

/** Gates: frames a second, and percent of a core and of looks. */
const FRAMES_MAX = 10;
const SCREEN_SHARE_MAX = 10;
const IN_PACE_MIN = 95;

const FLEETS = [10, 1000, 10_000] as const;

const scenario = (units: number): string => `
taktwerk: 1
name: looked-at
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: ${units * 0.5}, name: "cnc-{n:04}", program: programs/bracket-al }
  - group: heavy
    units:
      - { model: cnc/umc-5axis-25kw, count: ${units * 0.3}, name: "umc-{n:04}", program: programs/housing-steel }
  - group: turning
    units:
      - { model: cnc/mill-turn-22kw, count: ${units * 0.2}, name: "turn-{n:04}", program: programs/shaft-42crmo4 }
`;

/** What a process has used by now. */
function used_ms(pid: number): number {
  // The name of the program may have blanks, and ends with the last bracket.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

const residentMemory_mb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

interface Used {
  /** Of a core over the time that is measured, percent. */
  readonly share: number;
  readonly memory_mb: number;
}

async function measure(pid: number, look: () => void): Promise<Used> {
  const [before_ms, began_ms] = [used_ms(pid), performance.now()];
  for (let looked = 0; looked < LOOKS; looked++) {
    await pass(LOOK_EVERY_MS);
    look();
  }
  const share = ((used_ms(pid) - before_ms) / (performance.now() - began_ms)) * 100;
  return { share, memory_mb: residentMemory_mb(pid) };
}

async function withoutScreen(file: string): Promise<Used> {
  const child = spawn(process.execPath, [MAIN, "up", file, "--no-endpoints", "--plain"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve) => {
    lines.on("line", (line) => /units run, Ctrl-C ends/.test(line) && resolve());
  });
  await pass(SETTLE_MS);
  const used = await measure(child.pid!, () => undefined);
  child.kill("SIGINT");
  await ended;
  return used;
}

interface Looked extends Used {
  readonly frames_s: number;
  readonly bytes_s: number;
  /** Of the looks, percent. */
  readonly keepsPace: number;
}

async function onScreen(file: string, units: number): Promise<Looked> {
  const terminal = await Terminal.open(SIZE);
  try {
    terminal.enter([process.execPath, MAIN, "up", file, "--no-endpoints"].join(" "));
    await terminal.until(new RegExp(`${units} of ${units} units`));
    const [program] = childrenOf(terminal.shell);
    await pass(SETTLE_MS);
    const [from, began_ms] = [terminal.written.length, performance.now()];
    let inPace = 0;
    const used = await measure(program!, () => {
      if (/keeps pace/.test(terminal.screen)) inPace++;
    });
    const [written, took_s] = [terminal.written.slice(from), (performance.now() - began_ms) / 1000];
    terminal.press("C-c");
    await terminal.until(/interrupted after/);
    return {
      ...used,
      frames_s: (written.split(FRAME).length - 1) / took_s,
      bytes_s: Buffer.byteLength(written) / took_s,
      keepsPace: (inPace / LOOKS) * 100,
    };
  } finally {
    await terminal.close();
  }
}

/** @returns whether all gates held */
export async function benchControlRoom(jsonFile: string | undefined): Promise<boolean> {
  if (!peer("tmux")) throw new Error("it needs tmux, which is not here");
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-bench-"));
  const table = new FigureTable();
  try {
    for (const units of FLEETS) {
      const file = path.join(folder, `${units}.yaml`);
      writeFileSync(file, scenario(units));
      const plain = await withoutScreen(file);
      table.add(...figuresOf(units, plain, await onScreen(file, units)));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return table.close(jsonFile);
}

function figuresOf(units: number, plain: Used, screen: Looked): Figure[] {
  const fleet = `${units} units`;
  const screenGate = units === 1000 ? { gate: { atMost: SCREEN_SHARE_MAX } } : {};
  return [
    { what: `${fleet}, plain, of a core`, figure: plain.share, unit: "%" },
    { what: `${fleet}, with the screen`, figure: screen.share, unit: "%" },
    { what: `${fleet}, the screen alone`, figure: screen.share - plain.share, unit: "%", ...screenGate },
    { what: `${fleet}, drawn`, figure: screen.frames_s, unit: "1/s", gate: { atMost: FRAMES_MAX } },
    { what: `${fleet}, written to the terminal`, figure: screen.bytes_s / 1024, unit: "kB/s" },
    {
      what: `${fleet}, looks at which it kept pace`,
      figure: screen.keepsPace,
      unit: "%",
      gate: { atLeast: IN_PACE_MIN },
    },
    { what: `${fleet}, memory, plain`, figure: plain.memory_mb, unit: "MB" },
    { what: `${fleet}, memory, with the screen`, figure: screen.memory_mb, unit: "MB" },
  ];
}
