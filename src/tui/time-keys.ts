import type { Binding } from "./keys.ts";
import { formatSpeed } from "./text.ts";
import type { Room } from "./room.ts";

const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600] as const;
const SMALL_STEP_S = 1;
const LARGE_STEP_S = 60;

/** Keys that move plant time, the same on every screen. */
export function timeKeys({ desk, plan, done, inTurn }: Room): readonly Binding[] {
  const step = (by_s: number): void =>
    done(
      inTurn(async () => {
        const { due_s } = await desk.pace({ do: "pause" });
        await desk.pace({ do: "step", to_s: due_s + by_s });
        return `one step of ${by_s} s; space goes on`;
      }),
    );
  const turn = async (by: 1 | -1): Promise<string> => {
    if (plan.wireDemand === "met") return "this scenario judges its wire, which has real time alone";
    const { speed } = await desk.pace({ do: "tell" });
    if (speed === "max") return "at full speed until its end";
    const faster = SPEEDS.find((it) => it > speed);
    const next = by > 0 ? faster : SPEEDS.findLast((it) => it < speed);
    if (next === undefined) return `${formatSpeed(speed)} is as far as it goes`;
    await desk.pace({ do: "go", speed: next });
    return `speed ${formatSpeed(next)}`;
  };
  const toggle = async (): Promise<string> => {
    const { isStanding } = await desk.pace({ do: "tell" });
    await desk.pace({ do: isStanding ? "resume" : "pause" });
    return isStanding ? "time goes on" : "time stands; . steps a second, space goes on";
  };
  return [
    { key: "space", label: "pause", help: "let plant time stand, or go on", run: () => done(toggle()) },
    { key: "+", label: "faster", help: "next higher speed", run: () => done(inTurn(() => turn(1))) },
    { key: "-", label: "slower", help: "next lower speed", run: () => done(inTurn(() => turn(-1))) },
    { key: ".", label: "step", help: `stand, and step ${SMALL_STEP_S} s`, run: () => step(SMALL_STEP_S) },
    { key: ":", help: `stand, and step ${LARGE_STEP_S} s`, run: () => step(LARGE_STEP_S) },
  ];
}
