/*
 * `npm run fidelity -- cnc`: holds simulated machines against figures of real ones and textbooks, prints a table and
 * exits 1 when a row is outside its tolerance. `week` runs 50 machines through a week, `charts` draws what they publish.
 */
import { parseArgs } from "node:util";
import { writeCharts } from "./charts.ts";
import { cncRows } from "./cnc.ts";
import { writeTable } from "./documents.ts";
import { progressDone } from "./progress.ts";
import { FidelityTable } from "./table.ts";
import { fleetWeek, oeeRows, PROFILES, weekRows } from "./week.ts";

const USAGE = `usage: npm run fidelity -- cnc [--json FILE] [--docs] [--machines N] [--seed N]
       npm run fidelity -- week [--json FILE] [--docs] [--machines N] [--seed N]
       npm run fidelity -- charts [--out DIR] [--okuma FILE] [--seed N]`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    docs: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    machines: { type: "string" },
    out: { type: "string", default: "out" },
    okuma: { type: "string" },
  },
});
const seed = Number(values.seed);
const machines = values.machines === undefined ? undefined : Number(values.machines);
const usable = machines === undefined || (Number.isInteger(machines) && machines > 0);
const what = usable ? positionals[0] : undefined;

/** Prints a table, and writes it where it is asked for. */
async function judge(name: string, fill: (table: FidelityTable) => void): Promise<void> {
  const table = new FidelityTable();
  fill(table);
  progressDone();
  process.exitCode = table.close(values.json) ? 0 : 1;
  if (values.docs) await writeTable(name, table.sections);
}

switch (what) {
  case "cnc":
    await judge(what, (table) => cncRows(table, machines ?? 20, seed));
    break;
  case "week":
    await judge(what, (table) => {
      for (const profile of PROFILES) {
        // Of fifty machines, half work in each organisation.
        const week = fleetWeek(profile, Math.ceil((machines ?? 50) / 2), seed);
        table.heading(`${profile}: ${week.machines.length} machines, a week`);
        table.add(...oeeRows(week), ...weekRows(week));
      }
    });
    break;
  case "charts": {
    const { out, okuma } = values;
    const names = writeCharts({ out, seed, ...(okuma === undefined ? {} : { okuma }) });
    console.log(`${names.join(", ")} in ${out}`);
    break;
  }
  default:
    console.error(USAGE);
    process.exitCode = 2;
}
