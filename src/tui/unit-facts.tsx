import type { Plan } from "../scenario/plan.ts";
import type { Description, Look } from "./desk.ts";
import type { FactLine } from "./panel.ts";
import { panelOf } from "./panels.ts";
import { severityColour } from "./palette.ts";
import { Text } from "./safe-text.tsx";
import { fit, fitRight, formatSpan, percent, progressBar } from "./text.ts";

export const FACTS = ["conditions", "panel", "events", "faults", "work", "plate", "addresses"] as const;

export type Fact = (typeof FACTS)[number];

interface About {
  readonly plan: Plan;
  readonly description: Description;
  readonly look: Look;
}

interface Props extends About {
  readonly fact: Fact;
  readonly width: number;
  readonly height: number;
}

/** A page of what else there is to know of a unit. */
export function UnitFacts({ fact, width, height, ...about }: Props) {
  const lines = PAGES[fact](about);
  const titleOf = (it: Fact): string => (it === "panel" ? panelOf(about.description.kind).title : it);
  const room = Math.max(height - 1, 0);
  const shown = lines.length > room ? lines.slice(0, Math.max(room - 1, 0)) : lines;
  const more = lines.length - shown.length;
  return (
    <>
      <FactTabs titles={FACTS.map(titleOf)} chosen={FACTS.indexOf(fact)} width={width} />
      {shown.map(({ text, colour }, i) => (
        <Text key={i} color={colour ?? "white"} wrap="truncate">
          {fit(text, width)}
        </Text>
      ))}
      {more > 0 && <Text color="gray">{` and ${more} more`}</Text>}
    </>
  );
}

/** All pages by name, or the one that is shown where there is no room for more. */
function FactTabs({
  titles,
  chosen,
  width,
}: {
  readonly titles: readonly string[];
  readonly chosen: number;
  readonly width: number;
}) {
  const needed = titles.reduce((sum, title) => sum + title.length + 2, 0);
  const isNarrow = needed > width;
  const shown = titles.filter((_title, i) => !isNarrow || i === chosen);
  return (
    <Text wrap="truncate">
      {shown.map((title) => {
        const isChosen = title === titles[chosen];
        return (
          <Text key={title} bold={isChosen} color={isChosen ? "cyan" : "gray"}>
            {isChosen ? `[${title}]` : ` ${title} `}
          </Text>
        );
      })}
      {isNarrow && <Text color="gray">{` ${chosen + 1} of ${titles.length}`}</Text>}
    </Text>
  );
}

const PAGES: Readonly<Record<Fact, (about: About) => readonly FactLine[]>> = {
  conditions: conditionLines,
  panel: ({ description, look }) => panelOf(description.kind).lines(description, look),
  events: ({ look: { events } }) =>
    events.length === 0
      ? [{ text: " nothing since the start" }]
      : events.map(({ time_s, message, severity }) => ({
          text: `${fitRight(time_s.toFixed(1), 9)} s  ${message}`,
          colour: severityColour(severity),
        })),
  faults: faultLines,
  work: workLines,
  plate: plateLines,
  addresses: addressLines,
};

/** What is active first, then what waits for somebody, then the rest. */
function conditionLines({ description, look: { conditions } }: About): FactLine[] {
  const rank = ({ active, acknowledged }: Look["conditions"][number]): number =>
    active ? 0 : acknowledged ? 2 : 1;
  return [...conditions]
    .sort((a, b) => rank(a) - rank(b))
    .map((state) => {
      const head = description.conditions.find(({ id }) => id === state.id)!;
      const word = state.active ? "ACTIVE" : state.acknowledged ? "normal" : "was active";
      const mark = state.acknowledged ? " " : "*";
      return {
        text: `${mark}${fit(word, 11)}${head.title}`,
        colour: state.active ? severityColour(head.severity) : state.acknowledged ? "gray" : "yellow",
      };
    });
}

function faultLines({ look: { faults, wireFaults } }: About): FactLine[] {
  const all = [...faults, ...wireFaults].sort((a, b) => b.from_s - a.from_s);
  if (all.length === 0) return [{ text: " none so far" }];
  return all.map(({ id, kind, from_s, until_s }) => ({
    text: ` ${until_s === undefined ? "ACTIVE" : "over  "} ${kind} (${id}) from ${formatSpan(from_s)}${until_s === undefined ? "" : ` to ${formatSpan(until_s)}`}`,
    colour: until_s === undefined ? "magenta" : "gray",
  }));
}

/** "productInstanceUri" -> "product instance uri" */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function plateLines({ description: { nameplate, components, kind, group } }: About): FactLine[] {
  const plate = { ...nameplate, kind, group };
  return [
    ...Object.entries(plate).map(([name, value]) => ({ text: ` ${fit(words(name), 20)} ${value}` })),
    ...components.map(({ title, model, serialNumber }) => ({
      text: ` ${fit(title, 20)} ${model} ${serialNumber}`,
    })),
  ];
}

const LOSS_NAMES: readonly (readonly [loss: "set-up" | "tools" | "breakdown" | "waiting", name: string])[] = [
  ["set-up", "set-up and warm-up"],
  ["tools", "changing worn tools"],
  ["breakdown", "breakdown"],
  ["waiting", "waiting"],
];

/** What the unit has made of its time since the start (ISO 22400-2). */
function workLines({ look: { work } }: About): FactLine[] {
  if (!work) return [{ text: " nobody keeps account of it" }];
  const { progress, cycle_s, effectiveness } = work;
  const { availability, performance, quality, oee, planned_s, lost_s } = effectiveness;
  const line = (name: string, value: string): FactLine => ({ text: ` ${fit(name, 20)} ${value}` });
  return [
    line("cycle", cycle_s ? `${progressBar(progress)} of a program; ${formatSpan(cycle_s)} a part` : "-"),
    line("OEE", `${percent(oee)}, of ${formatSpan(planned_s)} of planned time`),
    line("availability", percent(availability)),
    line("performance", percent(performance)),
    line("quality", percent(quality)),
    ...LOSS_NAMES.map(([loss, name]) => line(name, lost_s[loss] > 0 ? formatSpan(lost_s[loss]) : "-")),
  ];
}

/** Where others find it. */
function addressLines({ look: { opcuaUrl, topics, gateways } }: About): FactLine[] {
  const line = (name: string, value: string): FactLine => ({ text: ` ${fit(name, 20)} ${value}` });
  return [
    line("OPC UA server", opcuaUrl ?? "none"),
    line("MQTT-SN topics", topics ?? "none"),
    ...(topics === undefined ? [] : [line("MQTT-SN gateway", gateways.join(", ") || "searched for")]),
  ];
}
