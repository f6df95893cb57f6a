/** A heap that is too small for a plant: our own sentence and code 5 instead of a dump of V8. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { Workspace } from "../support/cli.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";
import { parseXml } from "../support/xml.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

const top = "endpoints: { opcua: false, mqttsn: false }\n";
const plant = (count: number): string =>
  scenarioText({ top, units: UNIT.replace("{ ", `{ count: ${count}, `) });
workspace.write("large.yaml", plant(1500));
/** What it keeps of its days is what fills the heap. */
workspace.write("long.yaml", plant(40));
const SMALL = { NODE_OPTIONS: "--max-old-space-size=60" };

test.each([
  ["that is built", ["large.yaml", "--duration", "10m"]],
  ["that is built in several processes", ["large.yaml", "--duration", "10m", "--hosts", "2"]],
  ["that runs for long", ["long.yaml", "--duration", "5d", "--html", "long.html"]],
])("a plant %s", { timeout: 60_000 }, async (_name, options) => {
  const args = ["run", ...options, "--speed", "max", "--junit", "memory.xml"];
  const heap = options[0] === "long.yaml" ? { NODE_OPTIONS: "--max-old-space-size=36" } : SMALL;
  const { code, stderr } = await workspace.start(args, [], undefined, heap).ended;
  expect(stderr).toMatch(
    /^error\[out-of-memory\]: this needs more memory than Node\.js may use: \d+ MiB of \d+ MiB/m,
  );
  expect(stderr).toMatch(/^ {2}again {5}taktwerk run (large|long)\.yaml/m);
  expect(stderr).not.toMatch(/FATAL|Last few GCs/);
  const [suite] = parseXml(readFileSync(path.join(workspace.folder, "memory.xml"), "utf8")).children;
  expect(suite!.attributes["errors"]).toBe("1");
  expect(code).toBe(EXIT.internal);
});
