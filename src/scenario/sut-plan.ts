import { CodedError, type SourcePlace } from "../errors.ts";
import type { SourceDocument } from "../plant/document.ts";
import type { GatewayPlan } from "./endpoints.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import type { Scenario } from "./schema.ts";
import { textOf } from "./thresholds.ts";

/** The check that what was started has not ended before it was stopped. */
export const SUT_STAYED_ALIVE = "sut stayed alive";

/** The system under test. */
export interface SutPlan {
  readonly name: string;
  readonly version: string | undefined;
  /** Shell command; undefined when somebody else starts it */
  readonly start: string | undefined;
  readonly stop: string | undefined;
  /** Whether it may end before it is stopped */
  readonly mayEnd: boolean;
  /** Outside CI somebody has started it */
  readonly isReused: boolean;
  /** Of each server, 0 for no matter */
  readonly sessions: number;
  readonly items: number;
  /** Whether a message of each unit has to arrive first */
  readonly north: boolean;
  readonly within_s: number;
  readonly warmup_s: number;
  readonly drain_s: number;
  readonly logs: string | undefined;
  /** Whether devices may find no gateway without being told so in the verdict */
  readonly areOutagesAllowed: boolean;
  readonly place: SourcePlace;
}

/** Where messages arrive behind it. */
export interface NorthPlan {
  /** Undefined for the broker behind the embedded gateway */
  readonly broker: string | undefined;
  /** 4 is MQTT 3.1.1 */
  readonly mqttVersion: 4 | 5;
  /** Undefined for the topics of the devices */
  readonly topics: string | undefined;
  readonly place: SourcePlace;
}

const DEFAULTS = { within: "60s", warmup: "0s", drain: "5s" } as const;

export function planSut({ sut }: Scenario, document: SourceDocument): SutPlan | undefined {
  if (!sut) return undefined;
  const seconds = (text: string): number => parseDuration(text)!;
  const { ready = {} } = sut;
  return {
    name: sut.name,
    version: sut.version,
    start: sut.start,
    stop: sut.stop,
    mayEnd: sut["may-end"] ?? false,
    isReused: sut.reuse ?? false,
    sessions: ready.sessions ?? 0,
    items: ready.items ?? 0,
    north: ready.north ?? false,
    within_s: seconds(ready.within ?? DEFAULTS.within),
    warmup_s: seconds(sut.warmup ?? DEFAULTS.warmup),
    drain_s: seconds(sut.drain ?? DEFAULTS.drain),
    logs: sut.logs,
    areOutagesAllowed: sut.outages === "allowed",
    place: document.place(["sut"]),
  };
}

export function planNorth({ north }: Scenario, document: SourceDocument): NorthPlan | undefined {
  if (!north) return undefined;
  const { broker, mqtt, topics } = north.mqtt;
  return {
    broker: broker === "embedded" ? undefined : broker,
    mqttVersion: mqtt === "5" ? 5 : 4,
    topics,
    place: document.place(["north", "mqtt", "broker"]),
  };
}

/** What is judged of a system under test unless the scenario says otherwise. */
export function defaultThresholds({ sut, north, thresholds = [] }: Scenario): readonly string[] {
  const isSaid = thresholds.some((written) => textOf(written).trimStart().startsWith("north.withheld "));
  return sut && north && sut.outages !== "allowed" && !isSaid ? ["north.withheld count == 0"] : [];
}

/** Reports a warm-up that leaves nothing of a run to be judged. @param duration_s  of the run; Infinity without a wire, where nothing is warmed up */
export function checkWarmup(
  { sut }: Scenario,
  duration_s: number,
  document: SourceDocument,
  report: (error: CodedError) => void,
): void {
  if (sut?.warmup === undefined || parseDuration(sut.warmup)! < duration_s) return;
  const what = `nothing is left to judge: the warm-up takes ${sut.warmup}, and the run ${formatDuration(duration_s)}`;
  const fix = "Write a shorter warmup, or let the run take longer.";
  report(new CodedError("invalid-value", what, fix, document.place(["sut", "warmup"])));
}

/** What system under test and far side need of the rest of the scenario. */
export function checkSut(
  { sut, north }: Scenario,
  endpoints: ReadonlySet<string>,
  gateway: GatewayPlan | undefined,
  document: SourceDocument,
  report: (error: CodedError) => void,
): void {
  const complain = (path: readonly PropertyKey[], what: string, fix: string): void =>
    report(new CodedError("invalid-value", what, fix, document.place(path)));
  if (sut?.ready?.north && !north)
    complain(["sut", "ready", "north"], "nobody listens behind the system under test", "Add `north`.");
  for (const field of ["sessions", "items"] as const) {
    if (sut?.ready?.[field] === undefined || endpoints.has("opcua")) continue;
    const fix = "Leave it out, or give a group an OPC UA endpoint.";
    complain(["sut", "ready", field], `no unit has an OPC UA server that could have ${field}`, fix);
  }
  if (sut?.stop !== undefined && sut.start === undefined)
    complain(["sut", "stop"], "only what is started can be stopped", "Add `start`, or leave out `stop`.");
  if (sut?.["may-end"] && sut.start === undefined)
    complain(
      ["sut", "may-end"],
      "only of what is started it is known when it ends",
      "Add `start`, or leave it out.",
    );
  if (north && !endpoints.has("mqttsn")) {
    const fix =
      "Give a group an MQTT-SN endpoint; what OPC UA clients make of their values is not matched yet.";
    complain(["north"], "no unit publishes what could arrive", fix);
  }
  if (sut?.outages !== undefined && !north)
    complain(["sut", "outages"], "without `north` no outage is judged", "Leave it out, or add `north`.");
  if (north?.mqtt.broker === "embedded" && (!gateway || gateway.brokerUrl !== undefined)) {
    const fix = "Name the broker behind your gateway: mqtt://127.0.0.1:1883.";
    complain(["north", "mqtt", "broker"], "there is no embedded broker in this scenario", fix);
  }
}
