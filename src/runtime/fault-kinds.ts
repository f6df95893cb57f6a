import { z } from "zod";
import { CNC_FAULTS } from "../equipment/cnc/faults/catalogue.ts";
import type { Reliability } from "../equipment/fault-kind.ts";

/** A kind of fault, as people read about it. */
export interface FaultEntry {
  readonly id: string;
  /** Kind of equipment that it is of. */
  readonly equipment: string;
  readonly title: string;
  readonly description: string;
  /** Conditions that it raises when it is bad enough. */
  readonly raises: readonly string[];
  readonly onset_s: number;
  readonly reliability: Reliability | undefined;
  /** Name of each parameter, and what it says. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** All faults that a plant's equipment can have. */
export function faultKinds(): FaultEntry[] {
  return CNC_FAULTS.map(({ id, title, description, raises, onset_s, reliability, parameters }) => ({
    ...{ id, equipment: "cnc", title, description, raises, onset_s, reliability },
    parameters: describeParameters(parameters),
  }));
}

function describeParameters(parameters: z.ZodType): Record<string, string> {
  const { properties = {} } = z.toJSONSchema(parameters, { io: "input" }) as {
    properties?: Record<string, { description?: string; default?: unknown; enum?: readonly unknown[] }>;
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, { description = "", default: usual, enum: words }]) => [
      name,
      `${description}${words ? `; ${words.join(", ")}` : ""} (default ${String(usual)})`,
    ]),
  );
}
