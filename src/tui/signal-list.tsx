import { sparkline } from "./chart.ts";
import type { Description, Look, Value } from "./desk.ts";
import { LINE_COLOURS } from "./palette.ts";
import { Text } from "./safe-text.tsx";
import type { SignalTraces } from "./signal-traces.ts";
import { fit, fitRight, formatValue } from "./text.ts";

/** A signal as it has just been published. */
export interface LiveSignal {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly value: Value | undefined;
  /** OPC UA status code; 0 is Good. */
  readonly status: number;
}

/** Signals of all groups; those of conditions and tools have pages of their own. */
export function liveSignals(
  { groups, conditions, tools = [] }: Description,
  { samples }: Look,
): LiveSignal[] {
  const elsewhere = new Set([
    ...conditions.map(({ id }) => id),
    ...tools.flatMap(({ life, locked }) => [life, locked]),
  ]);
  return groups.flatMap(({ id: group, signals }) => {
    const sample = samples.find((it) => it.group === group);
    return signals.flatMap(({ id, title, unit }, i): LiveSignal[] => {
      if (elsewhere.has(id)) return [];
      const [value, status = 0] = [sample?.values[i], sample?.statuses[i]];
      return [{ id, title, unit: unit?.symbol ?? "", value, status }];
    });
  });
}

interface Props {
  readonly signals: readonly LiveSignal[];
  readonly cursor: number;
  readonly charted: readonly string[];
  readonly traces: SignalTraces;
  readonly width: number;
}

/** A line a signal: its mark in the chart, name, value, and how it went. */
export function SignalList({ signals, cursor, charted, traces, width }: Props) {
  const value = 10;
  const unit = 7;
  const name = Math.min(Math.max(width - value - unit - 14, 12), 28);
  const spark = Math.max(width - name - value - unit - 6, 0);
  return (
    <>
      {signals.map((signal, i) => {
        const line = charted.indexOf(signal.id);
        const isBad = signal.status >= 0x80000000;
        const mark = line < 0 ? "  " : `${line + 1} `;
        const shown = fitRight(isBad ? "Bad" : formatValue(signal.value), value);
        const [title, of] = [fit(signal.title, name), ` ${fit(signal.unit, unit)}`];
        const trace = sparkline(traces.of(signal.id), spark);
        // The row under the cursor is one bar, and no patchwork of colours.
        if (i === cursor)
          return (
            <Text key={signal.id} inverse wrap="truncate">
              {`>${mark}${title}${shown}${of}${trace}`}
            </Text>
          );
        return (
          <Text key={signal.id} wrap="truncate">
            {" "}
            <Text color={LINE_COLOURS[line] ?? "white"}>{mark}</Text>
            {title}
            <Text bold color={isBad ? "red" : "white"}>
              {shown}
            </Text>
            {of}
            <Text color={LINE_COLOURS[line] ?? "gray"}>{trace}</Text>
          </Text>
        );
      })}
    </>
  );
}
