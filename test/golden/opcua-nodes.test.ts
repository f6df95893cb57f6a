/**
 * The node ids of each model are promised to stay the same within a major version, because clients store them.
 * After a change that is meant: `npx vitest run test/golden -u`.
 */
import type { AddressSpace } from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoPlant } from "../support/demo-plant.ts";
import { listNodes, readValue, unitSpace } from "../support/opcua-space.ts";

const plant = demoPlant();
const unit = plant.units[0]!;
let space: AddressSpace;

beforeAll(async () => {
  space = await unitSpace(plant, unit);
});

afterAll(() => space.dispose());

test("the nodes of cnc/vmc-3axis-15kw are those of the golden list", async () => {
  await expect(listNodes(space, unit.name)).toMatchFileSnapshot("opcua-nodes-vmc-3axis-15kw.txt");
});

test("every signal of a running machine is Good, with the plant's value and timestamp", () => {
  plant.advance(600);
  for (const group of unit.groups) {
    const sample = plant.read(unit.name, group.id)!;
    for (const [i, signal] of group.signals.entries()) {
      const read = readValue(space, `${unit.name}/${signal.id}`);
      expect(read.statusCode.value, signal.id).toBe(0);
      expect(read.value.value, signal.id).toBe(sample.values[i]);
      expect(read.sourceTimestamp?.getTime(), signal.id).toBe(sample.timestamp_ms);
    }
  }
});
