/** The screen of a terminal as an SVG picture. Every word stands in the cells that it has on the terminal. */

/** A cell of the terminal, in units of the picture. */
export const CELL = { width: 8, height: 17 };
export const MARGIN = 12;
/** From the top of a cell to the line on which letters stand. */
export const BASELINE = 13;

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

/** Parts of a cell that are painted whole or from one side: U+2581 to U+2588 from below, to U+258F from the left. */
function paintBlock(code: number, x: number, y: number, fill: string): string {
  const eighths = code <= 0x2588 ? code - 0x2580 : 0x2590 - code;
  const [width, height] =
    code <= 0x2588 ? [CELL.width, (CELL.height * eighths) / 8] : [(CELL.width * eighths) / 8, CELL.height];
  return `<rect x="${x}" y="${y + CELL.height - height}" width="${width}" height="${height}" fill="${fill}"/>`;
}

/** Of the dots of a braille character, by the bits of its code: column and row. */
const DOTS = [...[0, 1, 2].map((row) => [0, row]), ...[0, 1, 2].map((row) => [1, row]), [0, 3], [1, 3]];
const DOT_RADIUS = 1.2;

function paintDots(code: number, x: number, y: number, fill: string): string {
  const set = DOTS.filter((_dot, bit) => (code >> bit) & 1);
  const path = set.map(([column, row]) => {
    const [left, top] = [x + (column! + 0.5) * (CELL.width / 2), y + (row! + 0.5) * (CELL.height / 4)];
    return `M${left - DOT_RADIUS} ${top}a${DOT_RADIUS} ${DOT_RADIUS} 0 1 0 ${2 * DOT_RADIUS} 0a${DOT_RADIUS} ${DOT_RADIUS} 0 1 0 ${-2 * DOT_RADIUS} 0`;
  });
  return set.length === 0 ? "" : `<path d="${path.join("")}" fill="${fill}"/>`;
}

/** Signs of charts, which a font may lack or have in another width, then words. */
const PIECES = /([\u2581-\u258f\u2800-\u28ff])|[^\s\u2581-\u258f\u2800-\u28ff]+/g;

/** The background of a span, and its words. Spaces stand in no text element, where a browser would collapse them. */
function drawSpan({ text, column, color, paper, isBold, isInverse }: Span, row: number): string {
  const [x, y] = [MARGIN + column * CELL.width, MARGIN + row * CELL.height];
  const [fill, back] = isInverse ? [paper ?? PAPER, color] : [color, paper];
  const size = `width="${[...text].length * CELL.width}" height="${CELL.height}"`;
  const box = back ? [`<rect x="${x}" y="${y}" ${size} fill="${back}"/>`] : [];
  const words = [...text.matchAll(PIECES)].map(({ 0: word, 1: sign, index }) => {
    const left = x + [...text.slice(0, index)].length * CELL.width;
    const code = sign?.codePointAt(0) ?? 0;
    if (code >= 0x2800) return paintDots(code - 0x2800, left, y, fill);
    if (code > 0) return paintBlock(code, left, y, fill);
    const cells = [...word].length;
    // Another font is a little wider or narrower; the space between letters makes up for it, never their shape.
    const length = cells > 1 ? ` textLength="${cells * CELL.width}" lengthAdjust="spacing"` : "";
    const weight = isBold ? ' font-weight="bold"' : "";
    return `<text x="${left}" y="${y + BASELINE}"${length} fill="${fill}"${weight}>${escape(word)}</text>`;
  });
  return [...box, ...words].join("");
}

/**
 * Draws a screen.
 *
 * @param screen  lines with SGR sequences, as `tmux capture-pane -e` gives them
 * @param columns  of the terminal
 * @param rows  of the terminal
 */
export function drawScreen(screen: string, columns: number, rows: number): string {
  const [width, height] = [columns * CELL.width + 2 * MARGIN, rows * CELL.height + 2 * MARGIN];
  const lines = screen.split("\n").slice(0, rows);
  let style = PLAIN;
  const spans = lines.flatMap((line, row) => {
    const found = spansOf(line, style);
    style = found.style;
    return found.spans.map((span) => drawSpan(span, row));
  });
  const font = 'font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="13"';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${font}>
<title>The control room of Taktwerk</title>
<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>
${spans.filter((span) => span !== "").join("\n")}
</svg>
`;
}
