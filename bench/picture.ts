/**
 * `npm run picture`: docs/screen.svg, the control room as it stands on a terminal of 120 by 32 characters, with a fault
 * injected and its alarm raised. Needs tmux, whose screen it draws.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const COLUMNS = 120;
const ROWS = 32;
const CELL = { width: 8, height: 17 };
const MARGIN = 12;
const LOOK_EVERY_MS = 200;

/** The sixteen colours of a terminal, then what a page begins with. */
const PALETTE = [
  ...["#21252b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf"],
  ...["#7f848e", "#ef7d86", "#a9d48a", "#f0cd8c", "#74bfff", "#d38be8", "#6cc7d2", "#ffffff"],
];
const INK = "#d7dae0";
const PAPER = "#1b1e23";

interface Style {
  readonly color: string;
  readonly paper: string | undefined;
  readonly isBold: boolean;
  readonly isInverse: boolean;
}

interface Span extends Style {
  readonly text: string;
  readonly column: number;
}

const PLAIN: Style = { color: INK, paper: undefined, isBold: false, isInverse: false };

/** What a terminal makes of the numbers of an SGR sequence (ECMA-48, 8.3.117). */
function styled(style: Style, codes: readonly number[]): Style {
  const [code = 0, ...rest] = codes;
  const next = ((): Style => {
    if (code === 0) return PLAIN;
    if (code === 1) return { ...style, isBold: true };
    if (code === 22) return { ...style, isBold: false };
    if (code === 7) return { ...style, isInverse: true };
    if (code === 27) return { ...style, isInverse: false };
    if (code === 39) return { ...style, color: INK };
    if (code === 49) return { ...style, paper: undefined };
    if (code >= 30 && code <= 37) return { ...style, color: PALETTE[code - 30]! };
    if (code >= 90 && code <= 97) return { ...style, color: PALETTE[code - 82]! };
    if (code >= 40 && code <= 47) return { ...style, paper: PALETTE[code - 40]! };
    return style;
  })();
  return rest.length === 0 ? next : styled(next, rest);
}

/** The spans of a line, and the style that the next one begins with. */
function spansOf(line: string, begun: Style): { readonly spans: readonly Span[]; readonly style: Style } {
  const spans: Span[] = [];
  let [style, column] = [begun, 0];
  for (const [, sequence, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) style = styled(style, (sequence || "0").split(";").map(Number));
    else {
      spans.push({ ...style, text, column });
      column += [...text].length;
    }
  }
  return { spans, style };
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function drawSpan({ text, column, color, paper, isBold, isInverse }: Span, row: number): string {
  const [x, y] = [MARGIN + column * CELL.width, MARGIN + row * CELL.height];
  const width = [...text].length * CELL.width;
  const [fill, back] = isInverse ? [paper ?? PAPER, color] : [color, paper];
  const box = back ? `<rect x="${x}" y="${y}" width="${width}" height="${CELL.height}" fill="${back}"/>` : "";
  if (text.trim() === "") return box;
  const weight = isBold ? ' font-weight="bold"' : "";
  const place = `x="${x}" y="${y + 13}" textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
  return `${box}<text ${place} fill="${fill}"${weight}>${escape(text)}</text>`;
}

function draw(screen: string): string {
  const [width, height] = [COLUMNS * CELL.width + 2 * MARGIN, ROWS * CELL.height + 2 * MARGIN];
  const lines = screen.split("\n").slice(0, ROWS);
  let style = PLAIN;
  const spans = lines.flatMap((line, row) => {
    const found = spansOf(line, style);
    style = found.style;
    return found.spans.map((span) => drawSpan(span, row));
  });
  const font = 'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="13"';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${font} xml:space="preserve">
<title>The control room of Taktwerk</title>
<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>
${spans.filter((span) => span !== "").join("\n")}
</svg>
`;
}

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-picture-"));
const tmux = (...args: string[]): string =>
  execFileSync("tmux", ["-S", path.join(folder, "tmux"), ...args], { encoding: "utf8" });
const press = (key: string): string => tmux("send-keys", "-t", "room", key);

async function until(pattern: RegExp): Promise<void> {
  while (!pattern.test(tmux("capture-pane", "-p", "-t", "room")))
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

try {
  const [main, scenario] = [path.resolve("dist/cli/main.js"), path.resolve("scenarios/demo.yaml")];
  const program = `cd ${folder} && FORCE_COLOR=1 ${process.execPath} ${main} up ${scenario} --no-endpoints --speed 10`;
  tmux("new-session", "-d", "-s", "room", "-x", String(COLUMNS), "-y", String(ROWS), program);
  await until(/cnc-01 +Cutting/);
  press("Enter");
  await until(/\[2 Unit\]/);
  press("f");
  await until(/> equipment tool-wear/);
  for (const key of ["Down", "Down"]) press(key);
  await until(/> equipment spindle-bearing-wear/);
  press("Enter");
  await until(/inject spindle-bearing-wear/);
  press("Enter");
  await until(/inject-fault .* done/);
  press("2");
  await until(/ACTIVE +Spindle vibration high|active +Spindle vibration high/i);
  writeFileSync("docs/screen.svg", draw(tmux("capture-pane", "-e", "-p", "-t", "room")));
} finally {
  execFileSync("tmux", ["-S", path.join(folder, "tmux"), "kill-server"]);
  rmSync(folder, { recursive: true });
}
