import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const MODULE = pathToFileURL("src/runtime/young-generation.ts").href;
/** Keeps enough alive from one collection to the next that V8 would make room. */
const WORK = `
  const kept = [];
  for (let i = 0; i < 3e6; i++) kept[i % 200_000] = { i };
  const space = v8.getHeapSpaceStatistics().find((it) => it.space_name === "new_space");
  console.log(space.space_size / 2 ** 20);`;

/** Size of the young generation after some work, MB. */
function youngSize_mb(before: string): number {
  const program = `import v8 from "node:v8"; import { keepYoungGenerationSmall } from "${MODULE}"; ${before} ${WORK}`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return Number(printed);
}

test("the young generation stays as it begins, and would grow otherwise", () => {
  expect(youngSize_mb("keepYoungGenerationSmall();")).toBeLessThanOrEqual(4);
  expect(youngSize_mb("")).toBeGreaterThan(8);
});
