/** The README's picture of the control room stands in a browser as it stands on a terminal. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CELL, drawScreen, MARGIN } from "../../bench/screen-picture.ts";
import { chromium, domOf } from "../support/browser.ts";

/** Where a browser puts a text element, in units of the picture. */
interface Placed {
  readonly text: string;
  readonly x: number;
  readonly right: number;
  readonly row: number;
  /** Left edge of each character. */
  readonly starts: readonly number[];
  /** Width of each character as it is drawn, before space is added between letters. */
  readonly widths: readonly number[];
}

/** Measures every text element and leaves the figures where a dump of the page shows them. */
const MEASURE = `<script>
  const texts = [...document.querySelectorAll("text")].map((it) => {
    const box = it.getBBox();
    const all = Array.from({ length: it.getNumberOfChars() }, (_, i) => i);
    return {
      text: it.textContent, x: box.x, right: box.x + box.width, y: Number(it.getAttribute("y")),
      starts: all.map((i) => it.getStartPositionOfChar(i).x),
      widths: all.map((i) => it.getExtentOfChar(i).width),
    };
  });
  const plain = document.querySelector("svg").appendChild(document.createElementNS("http://www.w3.org/2000/svg", "text"));
  plain.textContent = "M";
  document.body.innerHTML = "<pre>" + encodeURIComponent(JSON.stringify({ texts, natural: plain.getComputedTextLength() })) + "</pre>";
</script>`;

async function measure(
  svg: string,
): Promise<{ readonly texts: readonly Placed[]; readonly natural: number }> {
  const dump = await domOf(`<!doctype html><meta charset="utf-8"><body>${svg}${MEASURE}`);
  const { texts, natural } = JSON.parse(decodeURIComponent(/<pre>([^<]*)<\/pre>/.exec(dump)![1]!)) as {
    texts: (Omit<Placed, "row"> & { y: number })[];
    natural: number;
  };
  return { texts: texts.map((it) => ({ ...it, row: Math.floor((it.y - MARGIN) / CELL.height) })), natural };
}

const cellOf = (x: number): number => (x - MARGIN) / CELL.width;

/** What is wrong with where texts stand. */
function complaints({ texts, natural }: Awaited<ReturnType<typeof measure>>): string[] {
  const found: string[] = [];
  const say = (it: Placed, what: string): void => void found.push(`row ${it.row}, "${it.text}": ${what}`);
  for (const it of texts) {
    const column = Math.round(cellOf(it.starts[0]!));
    it.starts.forEach((x, i) => {
      if (Math.abs(cellOf(x) - column - i) > 0.2) say(it, `character ${i} stands in cell ${cellOf(x)}`);
    });
    // Letters of the page's own font keep their width; a few other signs may come from another font.
    const letters = it.widths.filter((_width, i) => /[!-~]/.test([...it.text][i]!));
    if (letters.some((width) => Math.abs(width - natural) > 0.1)) say(it, "letters are stretched");
  }
  const sorted = [...texts].sort((a, b) => a.row - b.row || a.x - b.x);
  for (const [i, it] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before?.row === it.row && before.right > it.x + 0.5) say(it, `overlaps "${before.text}"`);
  }
  return found;
}

/** The lines that a reader sees, without the spaces at their ends. */
function linesOf(texts: readonly Placed[]): string[] {
  const rows: string[][] = [];
  for (const it of texts)
    [...it.text].forEach((character, i) => {
      (rows[it.row] ??= [])[Math.round(cellOf(it.starts[i]!))] = character;
    });
  return Array.from(rows, (row = []) => Array.from(row, (character) => character ?? " ").join(""));
}

describe.skipIf(!chromium)("in a browser", () => {
  test("each character of a screen stands in its cell", async () => {
    const screen = [
      "   three spaces first,   three between",
      "\x1b[1mbold\x1b[0m  plain \x1b[7m  inverse  \x1b[0m<&>",
      "",
      "\x1b[32m█▆▁▅▄⡇\x1b[39m  12.5 °C · 3×",
    ];
    const svg = drawScreen(screen.join("\n"), 60, 5);
    const drawn = await measure(svg);
    expect(complaints(drawn)).toEqual([]);
    const written = screen.map((line) => line.replaceAll(/\x1b\[\d+m/g, "").trimEnd());
    expect(linesOf(drawn.texts)).toEqual(written.map((line) => line.replaceAll(/[█▆▁▅▄⡇]/g, " ")));
    // Signs of charts are shapes, because fonts differ in them.
    expect(svg).toContain('<rect x="12" y="63" width="8" height="17" fill="#98c379"/>');
    expect(svg).toContain('<rect x="28" y="77.875" width="8" height="2.125" fill="#98c379"/>');
    expect(svg.match(/<path d="M[^"]+"/)?.[0].split("M")).toHaveLength(5);
  });

  test("the README's picture is such a screen", async () => {
    const drawn = await measure(readFileSync("docs/screen.svg", "utf8"));
    expect(complaints(drawn)).toEqual([]);
    const lines = linesOf(drawn.texts);
    expect(lines[1]).toMatch(/^ 1 Fleet \[2 Unit\] 3 Alarms  4 Faults  5 Wire  6 Log$/);
    expect(lines.some((line) => /^ *> ? ?X position +-?\d+\.\d mm/.test(line))).toBe(true);
  });

  test("a picture whose words collide or stretch is found", async () => {
    const words = '<text x="12" y="25" textLength="80" lengthAdjust="spacingAndGlyphs">word</text>';
    const collided = `${words}<text x="60" y="25" textLength="40">other</text>`;
    const svg = drawScreen("", 40, 2).replace("</svg>", `${collided}</svg>`);
    const found = complaints(await measure(svg)).join("\n");
    expect(found).toMatch(/stretched/);
    expect(found).toMatch(/"other": overlaps "word"/);
  });
});
