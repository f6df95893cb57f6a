import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CodedError, fileName, printableJson, printableLines } from "../errors.ts";
import type { CapturedDatagram, RunResult } from "../runtime/result.ts";
import { formatSummary } from "./console.ts";
import { pcapng, type Endpoint, type Packet } from "./pcapng.ts";

/** What a run that failed leaves behind for whoever looks into it. */
export interface Evidence {
  readonly result: RunResult;
  /** The scenario as it was read */
  readonly scenario: string;
  /** Commands that were carried out, one JSON object a line */
  readonly inputs: string;
  readonly datagrams: readonly CapturedDatagram[];
}

/** Where a run's bundle stands in the folder for all of them. */
export const folderOf = (folder: string, name: string, seed: number | string): string =>
  path.join(folder, fileName(`${name}-seed-${seed}`));

const FILES = {
  summary: "summary.txt",
  result: "result.json",
  scenario: "scenario.yaml",
  inputs: "inputs.ndjson",
  misfortunes: "misfortunes.ndjson",
  events: "events.ndjson",
  datagrams: "datagrams.pcapng",
  log: "system-under-test.log",
} as const;

/** Devices have no address of their own in the file, so that it shows whose each datagram is. */
const FIRST_PORT = 40_000;
const PORTS = 20_000;
const LOOPBACK: Endpoint["address"] = [127, 0, 0, 1];

/** Writes a bundle into a folder. @returns its files @throws CodedError `file-unusable` */
export function writeEvidence(folder: string, evidence: Evidence): readonly string[] {
  const { result, scenario, inputs, datagrams } = evidence;
  const lines = (entries: readonly object[]): string =>
    entries.map((entry) => `${printableJson(entry)}\n`).join("");
  const content: Partial<Record<keyof typeof FILES, string | Buffer>> = {
    summary: `${formatSummary(result).map(printableLines).join("\n")}\n`,
    result: `${printableJson(result, 2)}\n`,
    scenario,
    ...(inputs === "" ? {} : { inputs }),
    ...(result.north ? { misfortunes: lines(result.north.misfortunes) } : {}),
    events: lines(eventsOf(result)),
    ...(datagrams.length > 0 ? { datagrams: pcapng(packetsOf(datagrams)) } : {}),
    ...(result.sut ? { log: `${result.sut.output.join("\n")}\n` } : {}),
  };
  try {
    mkdirSync(folder, { recursive: true });
    return Object.entries(content).map(([key, data]) => {
      const file = path.join(folder, FILES[key as keyof typeof FILES]);
      writeFileSync(file, data);
      return file;
    });
  } catch (cause) {
    const what = `the evidence cannot be written: ${(cause as Error).message}`;
    throw new CodedError("file-unusable", what, "Name a folder with room.", { file: folder }, cause);
  }
}

/** The bundle in a folder, as lines for a terminal. @throws CodedError `file-missing` */
export function showEvidence(folder: string): string[] {
  const read = (key: keyof typeof FILES): string[] | undefined => {
    try {
      return readFileSync(path.join(folder, FILES[key]), "utf8").trimEnd().split("\n");
    } catch {
      return undefined;
    }
  };
  const summary = read("summary");
  if (!summary) {
    const what = "there is no evidence of a run in this folder";
    throw new CodedError("file-missing", what, "Name a folder that --evidence has written.", {
      file: folder,
    });
  }
  const section = (title: string, lines: readonly string[] = []): string[] =>
    lines.length === 0 || lines[0] === ""
      ? []
      : ["", title, ...lines.slice(-SHOWN_MAX).map((it) => `  ${it}`)];
  const misfortunes = read("misfortunes")?.map((line) => (line === "" ? "" : sentenceOf(line)));
  return [
    ...summary,
    ...section("messages that went wrong", misfortunes),
    ...section("last lines of the system under test", read("log")),
  ];
}

const SHOWN_MAX = 20;

function sentenceOf(line: string): string {
  const { unit, stream, seq, at_ms, what } = JSON.parse(line) as NonNullable<
    RunResult["north"]
  >["misfortunes"][number];
  return `${new Date(at_ms).toISOString()}  ${unit}/${stream} number ${seq}: ${what}`;
}

/** What happened on units before their checks failed. */
const eventsOf = ({ checks }: RunResult): object[] =>
  checks.flatMap(({ name, evidence }) =>
    evidence.flatMap(({ unit, events }) => events.map((event) => ({ check: name, unit, ...event }))),
  );

function packetsOf(datagrams: readonly CapturedDatagram[]): Packet[] {
  const units = [...new Set(datagrams.map(({ unit }) => unit))].sort();
  return datagrams.map(({ unit, at_ms, isSent, port, data }) => {
    const device = { address: LOOPBACK, port: FIRST_PORT + (units.indexOf(unit) % PORTS) };
    const gateway = { address: LOOPBACK, port };
    return { at_ms, data, from: isSent ? device : gateway, to: isSent ? gateway : device };
  });
}
