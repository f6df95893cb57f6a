import { Text } from "ink";
import type { Description, Look } from "./desk.ts";
import { severityColour } from "./palette.ts";
import { fit, fitRight, formatSpan, formatValue } from "./text.ts";

export const FACTS = ["conditions", "tools", "events", "faults", "plate"] as const;

export type Fact = (typeof FACTS)[number];

interface Line {
  readonly text: string;
  readonly colour?: string;
}

interface Props {
  readonly fact: Fact;
  readonly description: Description;
  readonly look: Look;
  readonly width: number;
  readonly height: number;
}

/** A page of what else there is to know of a unit. */
export function UnitFacts({ fact, description, look, width, height }: Props) {
  const lines = PAGES[fact](description, look);
  const room = Math.max(height - 1, 0);
  const shown = lines.length > room ? lines.slice(0, Math.max(room - 1, 0)) : lines;
  const more = lines.length - shown.length;
  return (
    <>
      <Text wrap="truncate">
        {FACTS.map((it) => (
          <Text key={it} bold={it === fact} color={it === fact ? "cyan" : "gray"}>
            {it === fact ? `[${it}]` : ` ${it} `}
          </Text>
        ))}
      </Text>
      {shown.map(({ text, colour }, i) => (
        <Text key={i} color={colour ?? "white"} wrap="truncate">
          {fit(text, width)}
        </Text>
      ))}
      {more > 0 && <Text color="gray">{` and ${more} more`}</Text>}
    </>
  );
}

const PAGES: Readonly<Record<Fact, (description: Description, look: Look) => Line[]>> = {
  conditions: conditionLines,
  tools: toolLines,
  events: (_description, { events }) =>
    events.length === 0
      ? [{ text: " nothing since the start" }]
      : events.map(({ time_s, message, severity }) => ({
          text: `${fitRight(time_s.toFixed(1), 9)} s  ${message}`,
          colour: severityColour(severity),
        })),
  faults: faultLines,
  plate: plateLines,
};

/** What is active first, then what waits for somebody, then the rest. */
function conditionLines({ conditions: heads }: Description, { conditions }: Look): Line[] {
  const rank = ({ active, acknowledged }: Look["conditions"][number]): number =>
    active ? 0 : acknowledged ? 2 : 1;
  return [...conditions]
    .sort((a, b) => rank(a) - rank(b))
    .map((state) => {
      const head = heads.find(({ id }) => id === state.id)!;
      const word = state.active ? "ACTIVE" : state.acknowledged ? "normal" : "was active";
      const mark = state.acknowledged ? " " : "*";
      return {
        text: `${mark}${fit(word, 11)}${head.title}`,
        colour: state.active ? severityColour(head.severity) : state.acknowledged ? "gray" : "yellow",
      };
    });
}

function toolLines({ groups, tools = [] }: Description, { samples }: Look): Line[] {
  const read = (id: string): unknown => {
    for (const { id: group, signals } of groups) {
      const at = signals.findIndex((signal) => signal.id === id);
      if (at >= 0) return samples.find((sample) => sample.group === group)?.values[at];
    }
    return undefined;
  };
  const described = groups.flatMap(({ signals }) => signals);
  return tools.map(({ number, title, life, locked }) => {
    const signal = described.find(({ id }) => id === life);
    const value = read(life) as number | undefined;
    const isLocked = read(locked) === true;
    const limit = signal?.lifetime
      ? ` of ${formatValue(Math.max(signal.lifetime.start, signal.lifetime.limit))}`
      : "";
    const unit = signal?.unit?.symbol ?? "";
    return {
      text: ` T${fit(String(number), 3)}${fit(title, 22)} ${formatValue(value)}${limit} ${unit}${isLocked ? "  locked" : ""}`,
      ...(isLocked ? { colour: "red" } : {}),
    };
  });
}

function faultLines(_description: Description, { faults, wireFaults }: Look): Line[] {
  const all = [...faults, ...wireFaults].sort((a, b) => b.from_s - a.from_s);
  if (all.length === 0) return [{ text: " none so far" }];
  return all.map(({ id, kind, from_s, until_s }) => ({
    text: ` ${until_s === undefined ? "ACTIVE" : "over  "} ${kind} (${id}) from ${formatSpan(from_s)}${until_s === undefined ? "" : ` to ${formatSpan(until_s)}`}`,
    colour: until_s === undefined ? "magenta" : "gray",
  }));
}

function plateLines({ nameplate, components, kind, group }: Description): Line[] {
  const plate = { ...nameplate, kind, group };
  return [
    ...Object.entries(plate).map(([name, value]) => ({ text: ` ${fit(name, 20)} ${value}` })),
    ...components.map(({ title, model, serialNumber }) => ({
      text: ` ${fit(title, 20)} ${model} ${serialNumber}`,
    })),
  ];
}
