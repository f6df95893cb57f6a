/*
 * Charts as SVG text: panels one below the other over a common abscissa, in as many columns as there are machines to
 * compare. Black, grey and dashes, so that a print on paper still tells lines apart.
 */

export interface Line {
  readonly name: string;
  /** [abscissa, ordinate], the abscissa rising. */
  readonly points: readonly (readonly [number, number])[];
  /** Between two points the first one holds, as for what is published on change. */
  readonly stepped?: boolean;
}

export interface Panel {
  /** "spindle load, %" */
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface Column {
  readonly title: string;
  /** "time, s" */
  readonly abscissa: string;
  readonly panels: readonly Panel[];
}

const PANEL = { width: 520, height: 110, left: 56, top: 42, gap: 30, bottom: 40 } as const;
const STROKES = [
  `stroke="#000"`,
  `stroke="#c0392b" stroke-dasharray="5 2"`,
  `stroke="#2471a3" stroke-dasharray="1.5 1.5"`,
  `stroke="#777"`,
] as const;
/** Points that fall on the same column of pixels are drawn as their extremes. */
const PIXELS = PANEL.width - PANEL.left - 8;
const TICKS = 4;

/** @returns a whole SVG file */
export function chart(title: string, columns: readonly Column[]): string {
  const rows = Math.max(...columns.map((it) => it.panels.length));
  const width = columns.length * PANEL.width;
  const height = PANEL.top + 24 + rows * (PANEL.height + PANEL.gap) + PANEL.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(PANEL.left, 18, title, `font-size="14" font-weight="bold"`),
    ...columns.map((column, i) => drawColumn(column, i * PANEL.width)),
    "</svg>",
    "",
  ].join("\n");
}

function drawColumn({ title, abscissa, panels }: Column, left: number): string {
  const all = panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([x]) => x)));
  const span = bounds(all);
  const drawn = panels.map((panel, i) => {
    const top = PANEL.top + 24 + i * (PANEL.height + PANEL.gap);
    return drawPanel(panel, span, left, top);
  });
  const bottom = PANEL.top + 24 + panels.length * (PANEL.height + PANEL.gap);
  const ticks = niceTicks(...span).map((tick) => {
    const x = left + place(tick, span, PANEL.left, PIXELS);
    return text(x, bottom - PANEL.gap + 14, label(tick), `text-anchor="middle"`);
  });
  return [
    text(left + PANEL.left, 40, title, `fill="#444"`),
    ...drawn,
    ...ticks,
    text(left + PANEL.left + PIXELS / 2, bottom + 2, abscissa, `text-anchor="middle"`),
  ].join("\n");
}

type Span = readonly [low: number, high: number];

function drawPanel({ title, lines }: Panel, span: Span, left: number, top: number): string {
  const range = padded(bounds(lines.flatMap(({ points }) => points.map(([, y]) => y))));
  const [x0, y0] = [left + PANEL.left, top + PANEL.height];
  const parts = [
    text(x0, top - 5, title, `fill="#000"`),
    `<rect x="${x0}" y="${top}" width="${PIXELS}" height="${PANEL.height}" fill="none" stroke="#999"/>`,
  ];
  for (const tick of niceTicks(...range)) {
    const y = y0 - place(tick, range, 0, PANEL.height);
    parts.push(
      `<path d="M${x0} ${round(y)}h${PIXELS}" stroke="#ddd"/>`,
      text(x0 - 5, y + 4, label(tick), `text-anchor="end"`),
    );
  }
  for (const [i, line] of lines.entries()) {
    const stroke = STROKES[i % STROKES.length]!;
    const path = thin(line, span)
      .map(([x, y]) => `${round(x + x0)} ${round(y0 - place(y, range, 0, PANEL.height))}`)
      .join("L");
    if (path !== "") parts.push(`<path d="M${path}" fill="none" stroke-width="1" ${stroke}/>`);
    if (lines.length > 1) {
      const x = x0 + PIXELS - 60 * (lines.length - i);
      parts.push(`<path d="M${x} ${top - 9}h16" ${stroke}/>`, text(x + 20, top - 5, line.name));
    }
  }
  return parts.join("\n");
}

/** Points in pixels along the abscissa; of those in one pixel the lowest and the highest stay, in their order. */
function thin({ points, stepped }: Line, span: Span): [number, number][] {
  const kept: [number, number][] = [];
  let [pixel, low, high]: [number, [number, number] | undefined, [number, number] | undefined] = [
    NaN,
    undefined,
    undefined,
  ];
  const flush = (): void => {
    if (!low || !high) return;
    kept.push(...(low === high ? [low] : low[0] <= high[0] ? [low, high] : [high, low]));
  };
  let last = NaN;
  for (const [x, y] of points) {
    const at = place(x, span, 0, PIXELS);
    if (stepped && !Number.isNaN(last) && last !== y) {
      flush();
      [low, high, pixel] = [undefined, undefined, NaN];
      kept.push([at, last]);
    }
    last = y;
    if (Math.floor(at) !== pixel) {
      flush();
      [low, high, pixel] = [undefined, undefined, Math.floor(at)];
    }
    const point: [number, number] = [at, y];
    if (!low || y < low[1]) low = point;
    if (!high || y > high[1]) high = point;
  }
  flush();
  return kept;
}

function bounds(values: readonly number[]): Span {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

const padded = ([low, high]: Span): Span => {
  const room = low === high ? Math.max(1, Math.abs(low) * 0.1) : (high - low) * 0.05;
  return [low - room, high + room];
};

const place = (value: number, [low, high]: Span, from: number, size: number): number =>
  from + ((value - low) / (high - low || 1)) * size;

/** Round numbers within a span, about as many as TICKS. */
function niceTicks(low: number, high: number): number[] {
  const raw = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= raw) ?? raw;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / size); i * size <= high; i++) ticks.push(i * size);
  return ticks;
}

const label = (value: number): string => String(Number(value.toPrecision(6)));
const round = (value: number): string => String(Number(value.toFixed(1)));

function text(x: number, y: number, content: string, more = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped}</text>`;
}
