/**
 * The node ids of each model are promised to stay the same within a major version, because clients store them.
 * After a change that is meant: `npx vitest run test/golden -u`.
 */
import type { AddressSpace } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MODELS, modelPlant } from "../support/model-plant.ts";
import { listNodes, readValue, unitSpace } from "../support/opcua-space.ts";

describe.each(Object.keys(MODELS))("%s", (model) => {
  const plant = modelPlant();
  const unit = plant.units.find((it) => it.model === model)!;
  let space: AddressSpace;

  beforeAll(async () => {
    space = await unitSpace(plant, unit);
  });

  afterAll(() => space.dispose());

  test("has the nodes of the golden list", async () => {
    const file = `opcua-nodes-${model.replace("cnc/", "")}.txt`;
    await expect(listNodes(space, unit.name)).toMatchFileSnapshot(file);
  });

  test("shows every signal of a running machine as Good, with the plant's value and timestamp", () => {
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
});
