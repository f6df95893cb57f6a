/*
 * `npm run fidelity -- cnc [--json FILE]`: holds simulated machines against figures of real ones, prints a table and
 * exits 1 when a row is outside its tolerance. `charts --out DIR [--okuma FILE]` draws what they publish.
 */
import { parseArgs } from "node:util";
import { writeCharts } from "./charts.ts";
import { cncRows } from "./cnc.ts";
import { progressDone } from "./progress.ts";
import { FidelityTable } from "./table.ts";

const USAGE = `usage: npm run fidelity -- cnc [--json FILE] [--seed N] [--machines N]
       npm run fidelity -- charts --out DIR [--okuma FILE] [--seed N]`;
const MACHINES = "20";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    seed: { type: "string", default: "1" },
    machines: { type: "string", default: MACHINES },
    out: { type: "string", default: "out" },
    okuma: { type: "string" },
  },
});
const seed = Number(values.seed);

switch (positionals[0]) {
  case "cnc": {
    const table = new FidelityTable();
    cncRows(table, Number(values.machines), seed);
    progressDone();
    process.exitCode = table.close(values.json) ? 0 : 1;
    break;
  }
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
