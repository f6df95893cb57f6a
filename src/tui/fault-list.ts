import type { Binding } from "./keys.ts";

/** What both lists of faults share. */
export interface FaultListProps {
  readonly text: string;
  /** The filter, and the other list. */
  readonly keys: readonly Binding[];
  /** Goes over to the list of the unit that is chosen. */
  readonly toUnit: () => void;
}
