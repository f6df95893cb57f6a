import { Component, useMemo, useState, type ReactNode } from "react";
import type { Plan } from "../scenario/plan.ts";
import { AlarmsScreen } from "./alarms-screen.tsx";
import type { Desk } from "./desk.ts";
import { FaultsScreen } from "./faults-screen.tsx";
import { FleetScreen } from "./fleet-screen.tsx";
import { BeginContext } from "./frame.tsx";
import { Keyboard, useKeyboard } from "./keys.ts";
import type { LogBook } from "./log-book.ts";
import { LogScreen } from "./log-screen.tsx";
import { RoomProvider, type Prompt, type Room, type ScreenName } from "./room.ts";
import type { Session } from "./session.ts";
import { UnitScreen } from "./unit-screen.tsx";
import { WireScreen } from "./wire-screen.tsx";

export interface AppProps {
  readonly desk: Desk;
  readonly plan: Plan;
  readonly log: LogBook;
  readonly session: Session;
  readonly quit: () => void;
  readonly interrupt: () => void;
  readonly copy: (text: string) => void;
  /** Hears of a mistake of ours, after which nothing is drawn any more. */
  readonly onCrash: (error: unknown) => void;
}

const SCREEN_OF: Readonly<Record<ScreenName, () => ReactNode>> = {
  fleet: FleetScreen,
  unit: UnitScreen,
  alarms: AlarmsScreen,
  faults: FaultsScreen,
  wire: WireScreen,
  log: LogScreen,
};

/** The control room of a run. */
export function App({ onCrash, ...props }: AppProps) {
  return (
    <Guard onCrash={onCrash}>
      <ControlRoom {...props} />
    </Guard>
  );
}

function ControlRoom(props: Omit<AppProps, "onCrash">) {
  const [screen, setScreen] = useState<ScreenName>("fleet");
  const [unit, setUnit] = useState(props.plan.units[0]!.name);
  const [prompt, setPrompt] = useState<Prompt>();
  const [notice, setNotice] = useState("");
  const [isHelping, setHelping] = useState(false);
  const [revision, setRevision] = useState(0);
  const began_ms = useMemo(() => Date.now(), []);
  const memory = useMemo(
    () => ({ kept: new Map(), traces: new Map(), keyboard: new Keyboard(), inTurn: queue() }),
    [],
  );
  useKeyboard(memory.keyboard);
  const room: Room = {
    ...props,
    ...memory,
    ...{ screen, unit, prompt, notice, isHelping, revision },
    go: (to, chosen) => {
      if (chosen !== undefined) setUnit(chosen);
      setScreen(to);
      setHelping(false);
      setNotice("");
    },
    ask: setPrompt,
    tell: setNotice,
    help: setHelping,
    done: (what) => {
      const say = (text: string): void => {
        setNotice(text);
        setRevision((before) => before + 1);
      };
      what.then(say, (error: unknown) => say(error instanceof Error ? error.message : String(error)));
    },
  };
  const Screen = SCREEN_OF[screen];
  return (
    <BeginContext value={began_ms}>
      <RoomProvider value={room}>
        <Screen />
      </RoomProvider>
    </BeginContext>
  );
}

function queue(): Room["inTurn"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    // Whoever waits for it hears of a failure.
    last = done.catch(() => undefined);
    return done;
  };
}

/** Keeps a stack trace off the screen. */
class Guard extends Component<{ onCrash: (error: unknown) => void; children: ReactNode }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onCrash(error);
  }

  override render(): ReactNode {
    return this.state.isBroken ? null : this.props.children;
  }
}
