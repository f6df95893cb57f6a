/**
 * What machines publish, bit for bit, whatever is done to the core that computes it: a sparse set of samples and a hash
 * over all. Recorded at ab52935; a change of the model records it anew with `npm run golden:record`, and says why.
 */
import { expect, test } from "vitest";
import { readTroubled } from "./samples.ts";

test("a troubled plant publishes these very values", async () => {
  await expect(readTroubled()).toMatchFileSnapshot("samples.txt");
});
