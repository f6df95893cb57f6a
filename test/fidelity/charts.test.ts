import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OkumaStream } from "../../bench/fidelity/okuma.ts";
import { chart } from "../../bench/fidelity/svg.ts";

test("a chart has every panel and line, and its size does not follow the number of points", () => {
  const points = Array.from({ length: 100_000 }, (_, i) => [i, Math.sin(i / 1000)] as const);
  const line = { name: "a", points };
  const panels = [
    { title: "load < 5 %", lines: [line, { ...line, name: "b" }] },
    { title: "speed", lines: [line] },
  ];
  const svg = chart("both", [{ title: "one", abscissa: "time, s", panels }]);
  expect(svg.startsWith("<svg ")).toBe(true);
  expect(svg).toContain("load &lt; 5 %");
  expect(svg.match(/stroke-width="1"/g)).toHaveLength(3);
  expect(svg.length).toBeLessThan(60_000);
});

test("a spike of one sample survives", () => {
  const points = Array.from({ length: 10_000 }, (_, i) => [i, i === 5000 ? 100 : 0] as const);
  const panels = [{ title: "load", lines: [{ name: "a", points }] }];
  const svg = chart("spike", [{ title: "", abscissa: "s", panels }]);
  const path = /<path d="M([^"]+)" fill="none"/.exec(svg)![1]!;
  const heights = path.split("L").map((point) => Number(point.split(" ")[1]));
  expect(Math.max(...heights) - Math.min(...heights)).toBeCloseTo(100, 0);
});

test("a recorded stream is read by segment and item, and holds its last value", () => {
  const folder = mkdtempSync(join(tmpdir(), "okuma-"));
  try {
    const file = join(folder, "stream.csv");
    writeFileSync(file, "segment,t_s,item,value\n1,0,a,5\n2,0,a,1\n2,1.5,a,3\n2,2,b,READY\n");
    const stream = new OkumaStream(file, 2);
    expect(stream.line("a").points).toEqual([
      [0, 1],
      [1.5, 3],
      [2, 3],
    ]);
    expect(stream.line("b").points).toEqual([]);
    expect(() => new OkumaStream(file, 3)).toThrow("no segment 3");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
