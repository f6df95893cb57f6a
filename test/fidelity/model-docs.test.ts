import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatDocument } from "../../bench/fidelity/documents.ts";
import { modelPages } from "../../bench/fidelity/model-docs.ts";

const FOLDER = "docs/models";

test("the pages about models are what npm run docs:models writes", async () => {
  const pages = modelPages();
  expect(readdirSync(FOLDER).sort()).toEqual([...pages.keys()].sort());
  for (const [name, text] of pages)
    expect(readFileSync(`${FOLDER}/${name}`, "utf8"), name).toBe(await formatDocument(text));
});
