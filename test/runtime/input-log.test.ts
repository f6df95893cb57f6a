import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RecordedInput } from "../../src/plant/cell.ts";
import { InputLog, readInputLog } from "../../src/runtime/input-log.ts";
import { Run } from "../../src/runtime/run.ts";
import { demoPlan } from "../support/demo-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, "session.ndjson");
const INPUT: RecordedInput = {
  cell: "cnc-01",
  number: 0,
  time_s: 0.1 + 0.2,
  unit: "cnc-01",
  command: { name: "set-override", arguments: { which: "feed", percent: 70 } },
};

test("a record keeps every bit of a session with commands, pauses left out, and its replay the digest", async () => {
  const plan = demoPlan({ endpoints: false, speed: 200 });
  const log = new InputLog(file, plan);
  const run = new Run(plan, { onInput: (input) => log.add(input) });
  await run.start();
  const finished = run.finish();
  for (const percent of [90, 50, 120]) {
    await new Promise((resolve) => setImmediate(resolve));
    await run.command("mill-01", { name: "set-override", arguments: { which: "feed", percent } });
  }
  run.stop();
  const live = await finished;
  log.end(live);
  const record = readInputLog(file);
  expect(record).toMatchObject({
    seed: 42,
    end_s: live.plantTime_s,
    digest: live.digest,
    scenario: "scenarios/demo.yaml",
  });
  expect(record.inputs.map((input) => input.number)).toEqual([0, 1, 2]);
  const again = new Run(demoPlan({ endpoints: false, speed: "max", duration_s: record.end_s }), {
    replay: record.inputs,
  });
  await again.start();
  expect((await again.finish()).digest).toBe(live.digest);
});

describe("a record that is broken is refused with its line", () => {
  const good = (): string[] => {
    const log = new InputLog(file, demoPlan());
    log.add(INPUT);
    log.end({ plantTime_s: 5, digest: "00" } as Parameters<InputLog["end"]>[0]);
    return readFileSync(file, "utf8").trim().split("\n");
  };
  const read = (lines: string[]): (() => unknown) => {
    writeFileSync(file, lines.join("\n"));
    return () => readInputLog(file);
  };

  test("and read when it is whole, floating point and all", () => {
    const lines = good();
    expect(read(lines)()).toMatchObject({ inputs: [INPUT], end_s: 5 });
  });

  test.each([
    ["without its end", (lines: string[]) => lines.slice(0, 2), 2],
    ["with a torn line", (lines: string[]) => [lines[0]!, lines[1]!.slice(0, 20), lines[2]!], 2],
    ["of another format", (lines: string[]) => [lines[0]!.replace(":1", ":2"), ...lines.slice(1)], 1],
    [
      "with a command that is none",
      (lines: string[]) => [lines[0]!, lines[1]!.replace("command", "comand"), lines[2]!],
      2,
    ],
    ["empty", () => [], 1],
  ])("%s", (_name, broken, line) => {
    const attempt = read(broken(good()));
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid-value", place: { file, line } }));
  });
});
