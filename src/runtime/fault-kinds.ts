import { z } from "zod";
import { CNC_FAULTS } from "../equipment/cnc/faults/catalogue.ts";
import type { FaultKind, Reliability } from "../equipment/fault-kind.ts";
import { SENSOR_FAULTS } from "../equipment/sensor-faults/catalogue.ts";
import { wireFaultKinds, type AnyWireFaultKind } from "../fault/catalogue.ts";
import type { WireFamily } from "../fault/wire-fault-kind.ts";

/** A kind of fault, as people read about it. */
export interface FaultEntry {
  readonly id: string;
  readonly family: "equipment" | "sensor" | WireFamily;
  /** Kind of equipment that it is of; "any" for one that all can have. */
  readonly equipment: string;
  readonly title: string;
  readonly description: string;
  /** Conditions that it raises when it is bad enough. */
  readonly raises: readonly string[];
  readonly onset_s: number;
  readonly reliability: Reliability | undefined;
  /** Over as soon as it has come. */
  readonly isMomentary: boolean;
  /** Means nothing to a server that offers no security. */
  readonly needsSecurity: boolean;
  /** What somebody at the other end of the wire should notice; undefined for a fault of a machine. */
  readonly causes: string | undefined;
  /** Name of each parameter, and what it says. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** All faults that a plant can have, by family. */
export function faultKinds(): FaultEntry[] {
  return [
    ...CNC_FAULTS.map((kind) => describe(kind, "equipment", "cnc")),
    ...SENSOR_FAULTS.map((kind) => describe(kind, "sensor", "any")),
    ...wireFaultKinds.map(describeWire),
  ];
}

function describe(
  { id, title, description, raises, onset_s, reliability, parameters }: FaultKind<never>,
  family: FaultEntry["family"],
  equipment: string,
): FaultEntry {
  return {
    ...{ id, family, equipment, title, description, raises, onset_s, reliability },
    ...{ causes: undefined, isMomentary: false, needsSecurity: false },
    parameters: describeParameters(parameters),
  };
}

function describeWire(kind: AnyWireFaultKind): FaultEntry {
  const { id, family, title, description, causes, parameters } = kind;
  const { isMomentary = false, needsSecurity = false } = kind;
  return {
    ...{ id, family, equipment: "any", title, description, causes, isMomentary, needsSecurity },
    ...{ raises: [], onset_s: 0, reliability: undefined, parameters: describeParameters(parameters) },
  };
}

function describeParameters(parameters: z.ZodType): Record<string, string> {
  const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: "input" }) as {
    properties?: Record<string, { description?: string; default?: unknown; enum?: readonly unknown[] }>;
    required?: readonly string[];
  };
  // One that may be left out without a fixed default says itself what holds then.
  const ending = (name: string, usual: unknown): string =>
    required.includes(name) ? " (required)" : usual === undefined ? "" : ` (default ${String(usual)})`;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { description = "", default: usual, enum: words }]) => [
      name,
      `${description}${words ? `; ${words.join(", ")}` : ""}${ending(name, usual)}`,
    ]),
  );
}
