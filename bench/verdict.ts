/**
 * `npm run bench -- verdict [--seeds N]`: flawed and sound gateways in other processes, at QoS 0, 1 and 2 with ten seeds:
 * whether each turns exactly its metric, and how much of a sound run is judged.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { tryCase, turned, VERDICT_CASES, type VerdictCase } from "../test/support/verdict-cases.ts";
import { FigureTable } from "./figure-table.ts";

/** Runs at a time, each with a broker and a gateway in processes of their own. */
const AT_A_TIME = 5;
const JUDGED_MIN_PERCENT = 99.9;
const QOS = [0, 1, 2] as const;

interface Trial {
  readonly it: VerdictCase;
  readonly qos: (typeof QOS)[number];
  readonly seed: number;
}

interface Sums {
  falseGreens: number;
  falseAccusations: number;
  others: number;
  sent: number;
  notJudged: number;
  failed: number;
}

/** @returns whether all gates held */
export async function benchVerdict(seeds: number, jsonFile: string | undefined): Promise<boolean> {
  const mosquitto = execFileSync("sh", ["-c", "command -v mosquitto"], { encoding: "utf8" }).trim();
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-bench-"));
  const trials = VERDICT_CASES.flatMap((it) =>
    QOS.flatMap((qos) => Array.from({ length: seeds }, (_, seed): Trial => ({ it, qos, seed }))),
  );
  const sums: Sums = { falseGreens: 0, falseAccusations: 0, others: 0, sent: 0, notJudged: 0, failed: 0 };
  const waiting = trials.values();
  const work = async (): Promise<void> => {
    for (const trial of waiting) await count(trial, { mosquitto, folder }, sums);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  rmSync(folder, { recursive: true });
  const table = new FigureTable();
  const none = { atMost: 0 };
  table.add(
    { what: "runs", figure: trials.length, unit: "" },
    { what: "runs that failed of themselves", figure: sums.failed, unit: "", gate: none },
    { what: "false greens: a flaw that turned nothing", figure: sums.falseGreens, unit: "", gate: none },
    { what: "false accusations of a sound gateway", figure: sums.falseAccusations, unit: "", gate: none },
    { what: "flaws that turned another metric, or more", figure: sums.others, unit: "", gate: none },
    { what: "messages of sound runs", figure: sums.sent, unit: "" },
    {
      what: "of these, judged",
      figure: 100 * (1 - sums.notJudged / sums.sent),
      unit: "%",
      gate: { atLeast: JUDGED_MIN_PERCENT },
    },
  );
  return table.close(jsonFile);
}

async function count(
  { it, qos, seed }: Trial,
  about: { readonly mosquitto: string; readonly folder: string },
  sums: Sums,
): Promise<void> {
  const what = `${it.name}, QoS ${qos}, seed ${seed}`;
  try {
    const findings = await tryCase(it, { qos, seed, ...about });
    const { wanted, found } = turned(it, qos, findings);
    if (wanted === "") {
      sums.sent += findings.sent;
      sums.notJudged += (findings.sent * findings.notJudged_percent) / 100;
    }
    if (found === wanted) return;
    console.log(`${what}: ${found || "nothing"} instead of ${wanted || "nothing"}`);
    if (wanted === "") sums.falseAccusations += 1;
    else if (found === "") sums.falseGreens += 1;
    else sums.others += 1;
  } catch (error) {
    console.log(`${what}: ${String(error)}`);
    sums.failed += 1;
  }
}
