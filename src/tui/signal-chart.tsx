import { chart, extentOf } from "./chart.ts";
import { spanOf, within } from "./chart-window.ts";
import { LINE_COLOURS } from "./palette.ts";
import { Text } from "./safe-text.tsx";
import type { LiveSignal } from "./signal-list.tsx";
import type { SignalTraces } from "./signal-traces.ts";
import { fit, fitRight, formatSpan, formatValue } from "./text.ts";

interface Props {
  readonly signals: readonly LiveSignal[];
  readonly charted: readonly string[];
  readonly traces: SignalTraces;
  /** Plant time that is shown, at most. */
  readonly window_s: number;
  readonly width: number;
  readonly height: number;
}

/** The chosen signals over plant time, each with its own scale beside its name. */
export function SignalChart({ signals, charted, traces, window_s, width, height }: Props) {
  const all = charted.map((id) => traces.of(id));
  const span = spanOf(all, window_s);
  const lines = all.map((points) => within(points, span));
  const rows = chart(lines, width, Math.max(height - charted.length - 1, 1), span);
  return (
    <>
      {charted.map((id, line) => {
        const signal = signals.find((it) => it.id === id);
        const extent = extentOf(lines[line]!);
        const scale = extent ? `${formatValue(extent.low)} … ${formatValue(extent.high)}` : "";
        return (
          <Text key={id} color={LINE_COLOURS[line]!} wrap="truncate">
            {`${line + 1} ${signal?.title ?? id} ${formatValue(signal?.value)} ${signal?.unit ?? ""}  (${scale})`}
          </Text>
        );
      })}
      {rows.map((row, y) => (
        <Text key={y} wrap="truncate">
          {row.map(({ line, text }, x) => (
            <Text key={x} color={LINE_COLOURS[line] ?? "white"}>
              {text}
            </Text>
          ))}
        </Text>
      ))}
      <Text color="gray" wrap="truncate">
        {fit(`${formatSpan(span[1] - span[0])} ago`, Math.floor(width / 2)) +
          fitRight(`[ ${window_s === Infinity ? "all" : formatSpan(window_s)} ]  now`, Math.ceil(width / 2))}
      </Text>
    </>
  );
}
