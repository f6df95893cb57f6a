import { Text } from "ink";
import { chart, extentOf } from "./chart.ts";
import { LINE_COLOURS } from "./palette.ts";
import type { LiveSignal } from "./signal-list.tsx";
import type { SignalTraces } from "./signal-traces.ts";
import { fit, fitRight, formatSpan, formatValue } from "./text.ts";

interface Props {
  readonly signals: readonly LiveSignal[];
  readonly charted: readonly string[];
  readonly traces: SignalTraces;
  readonly width: number;
  readonly height: number;
}

/** The chosen signals over plant time, each with its own scale beside its name. */
export function SignalChart({ signals, charted, traces, width, height }: Props) {
  const lines = charted.map((id) => traces.of(id));
  const times = lines.flatMap((points) => points.map(({ time_s }) => time_s));
  const [from_s, to_s] = times.length === 0 ? [0, 1] : [Math.min(...times), Math.max(...times)];
  const rows = chart(lines, width, Math.max(height - charted.length - 1, 1), [from_s, to_s]);
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
        {fit(`${formatSpan(to_s - from_s)} ago`, Math.floor(width / 2)) +
          fitRight("now", Math.ceil(width / 2))}
      </Text>
    </>
  );
}
