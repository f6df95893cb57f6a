import { closeSync, openSync, writeSync } from "node:fs";
import { z } from "zod";
import { CodedError, printableJson } from "../errors.ts";
import type { RecordedInput } from "../plant/cell.ts";
import type { Plan } from "../scenario/plan.ts";
import { packageVersion, readText } from "./files.ts";
import type { RunResult } from "./result.ts";

/*
 * A record of a session, one JSON object a line: a head with what ran, every input in the order it was carried
 * out, and an end with the plant time and the digest that a replay must reach.
 */

const FORMAT_VERSION = 1;

const headSchema = z.strictObject({
  "taktwerk-inputs": z.literal(FORMAT_VERSION),
  version: z.string(),
  scenario: z.string(),
  seed: z.union([z.number(), z.string()]),
  set: z.array(z.string()).default([]),
});

const inputSchema = z.strictObject({
  cell: z.string(),
  number: z.int().min(0),
  time_s: z.number().min(0),
  unit: z.string(),
  command: z.strictObject({
    name: z.string(),
    arguments: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
});

const endSchema = z.strictObject({ end_s: z.number().min(0), digest: z.string() });

/** A session as its record tells it. */
export interface SessionRecord {
  readonly file: string;
  /** Version of Taktwerk that ran it; another one may reach another digest. */
  readonly version: string;
  /** Scenario file, as it was named then. */
  readonly scenario: string;
  readonly seed: number | string;
  /** What the command line had changed in the scenario. */
  readonly set: readonly string[];
  readonly inputs: readonly RecordedInput[];
  readonly end_s: number;
  readonly digest: string;
}

/** Writes a session's record, line by line, so that a crash keeps what had happened. */
export class InputLog {
  readonly #file: string;
  readonly #descriptor: number;
  #isBroken = false;

  /** @throws CodedError `file-unusable` when the file cannot be written */
  constructor(file: string, plan: Plan) {
    this.#file = file;
    this.#descriptor = this.#guard(() => openSync(file, "w"));
    this.#write({
      "taktwerk-inputs": FORMAT_VERSION,
      version: packageVersion(),
      scenario: plan.file,
      seed: plan.seed,
      set: plan.set,
    });
  }

  /** @throws CodedError `file-unusable` once, when it cannot be written any more */
  add(input: RecordedInput): void {
    this.#write(input);
  }

  end({ plantTime_s, digest }: Pick<RunResult, "plantTime_s" | "digest">): void {
    this.#write({ end_s: plantTime_s, digest });
    closeSync(this.#descriptor);
  }

  #write(entry: object): void {
    if (this.#isBroken) return;
    this.#guard(() => writeSync(this.#descriptor, `${printableJson(entry)}\n`));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      this.#isBroken = true;
      const what = `the record cannot be written: ${(cause as Error).message}`;
      throw new CodedError(
        "file-unusable",
        what,
        "Name a file in a folder with room.",
        { file: this.#file },
        cause,
      );
    }
  }
}

/** @throws CodedError `file-missing`, or `invalid-value` with the line that is not what it should be */
export function readInputLog(file: string): SessionRecord {
  const lines = readText(file)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const head = parseLine(file, lines, 0, headSchema);
  const end = parseLine(file, lines, lines.length - 1, endSchema);
  const inputs = lines.slice(1, -1).map((_line, i) => parseLine(file, lines, i + 1, inputSchema));
  const { version, scenario, seed, set } = head;
  return { file, version, scenario, seed, set, inputs, ...end };
}

function parseLine<T>(file: string, lines: readonly string[], index: number, schema: z.ZodType<T>): T {
  const place = { file, line: index + 1 };
  const fix = "Name a record that `--record` wrote; a run that crashed leaves one without its last line.";
  let data: unknown;
  try {
    data = JSON.parse(lines[index] ?? "");
  } catch {
    throw new CodedError("invalid-value", "the line is no JSON", fix, place);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const what = `"${issue!.path.join(".")}" does not fit: ${issue!.message}`;
  throw new CodedError("invalid-value", what, fix, place);
}
