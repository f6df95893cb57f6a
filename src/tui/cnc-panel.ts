import type { Description, Look } from "./desk.ts";
import type { Binding } from "./keys.ts";
import type { FactLine, Panel } from "./panel.ts";
import type { Room } from "./room.ts";
import { bar, fit, formatValue } from "./text.ts";
import { askCommand, askFirst, give } from "./unit-commands.ts";

/** Machine tools: their tools, and the keys of a control's panel. */
export const CNC_PANEL: Panel = { title: "tools", lines: toolLines, keys: panelKeys };

function toolLines({ groups, tools = [] }: Description, { samples }: Look): readonly FactLine[] {
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
    const { start, limit } = signal?.lifetime ?? { start: 0, limit: NaN };
    const [whole, used] = [Math.max(start, limit), Math.abs((value ?? start) - start)];
    const text = ` T${fit(String(number), 3)}${fit(title, 22)} ${bar(1 - used / whole, 8)} ${formatValue(value)} of ${formatValue(whole)} ${signal?.unit?.symbol ?? ""}`;
    if (isLocked) return { text: `${text}  locked`, colour: "red" };
    return used > 0.8 * whole ? { text, colour: "yellow" } : { text };
  });
}

function panelKeys(room: Room, { name, groups, jobs, tools = [] }: Description): readonly Binding[] {
  const programs = jobs?.programs ?? [];
  const override = (): void => {
    const signals = groups.flatMap((group) => group.signals);
    const offers = ["feed", "rapid", "spindle"].map((which) => {
      const most = signals.find(({ id }) => id === `${which}-override`)?.range?.high;
      return `set-override which=${which} percent=100  from 1 to ${most}`;
    });
    askCommand(room, name, "set-override which=feed percent=100", offers);
  };
  const program = (): void => {
    const offers = programs.map((it) => `select-program program=${it}  from the next part on`);
    askCommand(room, name, `select-program program=${programs[0] ?? ""}`, offers);
  };
  const tool = (): void => {
    const offers = tools.map((it) => `change-tool tool=${it.number}  a new edge: ${it.title}`);
    askCommand(room, name, `change-tool tool=${tools[0]?.number ?? ""}`, offers);
  };
  return [
    {
      key: "s",
      label: "start",
      help: "cycle start: go on, or make parts again",
      run: () => give(room, name, "start"),
    },
    { key: "h", label: "hold", help: "feed hold: axes come to rest", run: () => give(room, name, "hold") },
    {
      key: "x",
      label: "stop",
      help: "stop: abort the program, which leaves scrap",
      run: () => askFirst(room, name, "stop"),
    },
    { key: "v", label: "override", help: "set an override: feed, rapid or spindle", run: override },
    { key: "p", help: "select the program that is made from the next part on", run: program },
    { key: "t", help: "put a new edge into a tool's place", run: tool },
  ];
}
