/** The example of docs/scenarios.md runs, passes, and uses what the page is about. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { Run } from "../../src/runtime/run.ts";
import { planScenario } from "../../src/scenario/plan.ts";

const page = readFileSync("docs/scenarios.md", "utf8");

test("the example passes, and each of its actions and faults came", async () => {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  const run = new Run(planScenario("shift-change.yaml", text!, loadCatalog()));
  await run.start();
  const { checks, actions, faults } = await run.finish();
  await run.close();
  expect(checks.map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
  const done = new Set(actions.filter((it) => it.done).map(({ id }) => id));
  expect([...done].sort()).toEqual(["back", "break", "somebody-comes"]);
  expect(new Set(faults.map(({ id }) => id.replace(/#\d+$/, "")))).toEqual(
    new Set(["bearing", "air-dip-in-the-cut"]),
  );
});

test("every exit code stands in the table", () => {
  const codes = [...page.matchAll(/^\| (\d+) +\| /gm)].map(([, code]) => Number(code));
  expect(codes).toEqual(Object.values(EXIT));
});
