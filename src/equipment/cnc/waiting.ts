import type { Body } from "../../engine/process.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** Waits to the end of a span, whatever interrupts it; its `yield` gives interrupts. */
export function* complete({ context }: CncMachine, span_s: number): Body {
  const end_s = context.now_s + span_s;
  for (let left_s = span_s; yield left_s; left_s = Math.max(0, end_s - context.now_s));
}
