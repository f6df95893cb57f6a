import { Interrupt, type Body } from "../../engine/process.ts";
import type { CncMachine } from "./cnc-machine.ts";

/** Waits to the end of a span, interrupts or not. */
export function* complete({ context }: CncMachine, span_s: number): Body {
  const end_s = context.now_s + span_s;
  for (let left_s = span_s; !(yield* undisturbed(left_s)); left_s = Math.max(0, end_s - context.now_s));
}

/** @returns false when an interrupt came first */
export function* undisturbed(span_s: number): Body<boolean> {
  try {
    yield span_s;
    return true;
  } catch (error) {
    if (error instanceof Interrupt) return false;
    throw error;
  }
}
