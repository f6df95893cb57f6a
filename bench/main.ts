/*
 * `npm run bench -- engine|mqttsn|opcua|checks|control-room|hostile|verdict [--json FILE]`: prints a table with gates and exits 1 when
 * one is missed.
 *
 * It measures `src`, whose types Node strips: the code that is built into `dist` to the letter, without asking the
 * type check for a build first; the control room, which is more than types, is measured as built. Each row runs in a
 * process of its own, so that none inherits what the compiler has learnt from another, and the order of rows does not
 * matter.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { engineRows } from "./engine.ts";
import { judge, Table, type Figures, type Row } from "./table.ts";

const BENCHES: Record<string, readonly Row[]> = { engine: engineRows };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    row: { type: "string" },
    minutes: { type: "string" },
    seeds: { type: "string" },
  },
});
const [bench = ""] = positionals;
// Their tables count servers and messages, not nanoseconds, and their libraries take half a second to load.
if (bench === "mqttsn") {
  const { benchMqttSn } = await import("./mqttsn.ts");
  process.exit((await benchMqttSn(values.json)) ? 0 : 1);
}
if (bench === "opcua") {
  const { benchOpcua } = await import("./opcua.ts");
  process.exit((await benchOpcua(values.json)) ? 0 : 1);
}
if (bench === "checks") {
  const { benchChecks } = await import("./checks.ts");
  process.exit((await benchChecks(values.json)) ? 0 : 1);
}
if (bench === "control-room") {
  const { benchControlRoom } = await import("./control-room.ts");
  process.exit((await benchControlRoom(values.json)) ? 0 : 1);
}
if (bench === "hostile") {
  const { benchHostile } = await import("./hostile.ts");
  process.exit((await benchHostile(Number(values.minutes ?? 10), values.json)) ? 0 : 1);
}
if (bench === "verdict") {
  const { benchVerdict } = await import("./verdict.ts");
  process.exit((await benchVerdict(Number(values.seeds ?? 10), values.json)) ? 0 : 1);
}
const rows = BENCHES[bench];
if (!rows) {
  console.error(
    `usage: npm run bench -- ${[...Object.keys(BENCHES), "mqttsn", "opcua", "checks", "control-room", "hostile", "verdict"].join("|")} [--json FILE]`,
  );
  process.exit(2);
}
if (values.row !== undefined) console.log(JSON.stringify(await rows[Number(values.row)]!.measure()));
else {
  const table = new Table(rows);
  rows.forEach((row, i) => table.add(judge(row, measureApart(i))));
  process.exitCode = table.close(values.json) ? 0 : 1;
}

function measureApart(row: number): Figures {
  const command = ["--expose-gc", import.meta.filename, bench, "--row", String(row)];
  const child = spawnSync(process.execPath, command, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.status !== 0) throw new Error(`row ${row} ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as Figures;
}
