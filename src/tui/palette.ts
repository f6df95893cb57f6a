/** Colours are names of the terminal's own sixteen, and a word or a mark always says the same. */
import type { Attention } from "../runtime/result.ts";

const STATES: Readonly<Record<string, string>> = {
  Cutting: "green",
  ...{ Rapid: "cyan", ToolChange: "cyan", Loading: "cyan", Unloading: "cyan", Measuring: "cyan" },
  ...{ Hold: "yellow", MicroStop: "yellow" },
  ...{ Alarm: "red", Repair: "red" },
  ...{ Off: "gray", Break: "gray", Waiting: "gray" },
};

/** Of a machine state; white for one that means neither work nor trouble. */
export const stateColour = (state: string): string => STATES[state] ?? "white";

/** The mark before a unit, and its colour. */
export const ATTENTION_MARKS: Readonly<Record<Attention, { mark: string; colour: string }>> = {
  down: { mark: "✖", colour: "red" },
  alarmed: { mark: "!", colour: "magenta" },
  unreached: { mark: "~", colour: "cyan" },
  stopped: { mark: "‖", colour: "yellow" },
  none: { mark: " ", colour: "white" },
};

/** Of alarms and events: 700 and more is what a controller shows in red. */
export const severityColour = (severity: number): string =>
  severity >= 700 ? "red" : severity >= 300 ? "yellow" : "white";

/** Of the lines of a chart, in order. */
export const LINE_COLOURS = ["green", "cyan", "yellow", "magenta"] as const;
