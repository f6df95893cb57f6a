import { expect, test } from "vitest";
import { fillBetween } from "../../bench/fidelity/documents.ts";
import { yamlSections } from "../../bench/fidelity/yaml-parameters.ts";

test("a comment is said of its line, and one above a block of the block", () => {
  const text = `
title: machine
spindle: # turns the tool
  power_kw: 11 # S1
  inertia_kg_m2: 0.04
axes: { x: { mass_kg: 600, rapid_mm_min: 36000 } } # assumed
`;
  expect(yamlSections(text, new Set(["title"]))).toEqual([
    {
      title: "spindle",
      comment: "turns the tool",
      parameters: [
        { name: "power", values: [{ name: "power", value: "11", unit: "kW" }], comment: "S1" },
        { name: "inertia", values: [{ name: "inertia", value: "0.04", unit: "kg·m²" }], comment: "" },
      ],
    },
    {
      title: "other",
      comment: "",
      parameters: [
        {
          name: "axes",
          values: [
            { name: "x mass", value: "600", unit: "kg" },
            { name: "x rapid", value: "36000", unit: "mm/min" },
          ],
          comment: "assumed",
        },
      ],
    },
  ]);
});

test("what stands between a document's markers is replaced", () => {
  const document = "a\n<!-- table: begin -->\nold\n<!-- table: end -->\nb\n";
  expect(fillBetween(document, "table", "new")).toBe(
    "a\n<!-- table: begin -->\n\nnew\n\n<!-- table: end -->\nb\n",
  );
  expect(() => fillBetween(document, "chart", "")).toThrow("no markers for chart");
});
