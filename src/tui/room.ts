import { createContext, useContext } from "react";
import type { Plan } from "../scenario/plan.ts";
import type { Arguments, Desk } from "./desk.ts";
import type { Keyboard } from "./keys.ts";
import type { LogBook } from "./log-book.ts";
import type { Session } from "./session.ts";
import type { SignalTraces } from "./signal-traces.ts";

export const SCREENS = ["fleet", "unit", "alarms", "faults", "wire", "log"] as const;

export type ScreenName = (typeof SCREENS)[number];

/** Something that is asked in the line above the keys, before anything is done. */
export type Prompt =
  | { readonly kind: "confirm"; readonly text: string; readonly onYes: () => void }
  | {
      readonly kind: "line";
      readonly text: string;
      readonly value: string;
      /** What may be written, a line each. */
      readonly hints: readonly string[];
      /** Whether hints are what can be written, with two spaces before what that means: Tab completes, others go away. */
      readonly isChoice?: boolean;
      /** Called with every change, for a filter that works while one types. */
      readonly onChange?: (value: string) => void;
      readonly onEnter: (value: string) => void;
    };

/** What all screens share. */
export interface Room {
  readonly desk: Desk;
  readonly plan: Plan;
  readonly log: LogBook;
  readonly session: Session;
  readonly keyboard: Keyboard;
  readonly screen: ScreenName;
  /** The unit that was chosen last. */
  readonly unit: string;
  readonly prompt: Prompt | undefined;
  readonly notice: string;
  readonly isHelping: boolean;
  /** Grows whenever something was done, so that everybody asks again. */
  readonly revision: number;
  /** What screens keep while another one is shown, by name; see `useKept`. */
  readonly kept: Map<string, unknown>;
  /** Of units that were looked at, by name, the last one last. */
  readonly traces: Map<string, SignalTraces>;
  readonly go: (screen: ScreenName, unit?: string) => void;
  readonly ask: (prompt: Prompt | undefined) => void;
  readonly tell: (notice: string) => void;
  readonly help: (isHelping: boolean) => void;
  /** Says what has become of something, and lets everybody ask again. */
  readonly done: (what: Promise<string>) => void;
  /** Does one after the other what begins with how time goes: the next key may come before the last one is done. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Ends the run, and with it this room. */
  readonly quit: () => void;
  readonly interrupt: () => void;
  /** Puts text into the terminal's clipboard. */
  readonly copy: (text: string) => void;
}

const RoomContext = createContext<Room | undefined>(undefined);

export const RoomProvider = RoomContext.Provider;

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("a screen stands in no room");
  return room;
}

/** Gives a unit a command. @returns for people: what became of it */
export async function command(desk: Desk, unit: string, name: string, given: Arguments): Promise<string> {
  const result = await desk.command(unit, { name, arguments: given });
  const shown = Object.entries(given).map(([key, value]) => ` ${key}=${value}`);
  return result.done
    ? `${unit}: ${name}${shown.join("")} done`
    : `${unit}: ${name} refused: ${result.reason}`;
}
