/**
 * The other half of the instance checker: listens to the events of any server for a while and holds each against
 * Part 5. Which types were declared and never seen is only a warning, because a machine may have had no reason.
 */
import {
  AttributeIds,
  ClientMonitoredItem,
  ClientSubscription,
  LocalizedText,
  NodeId,
  TimestampsToReturn,
  constructEventFilter,
} from "node-opcua";
import type { ClientSession, Variant } from "node-opcua";

import { Findings, type Finding, type Place } from "./finding.ts";
import { walkInstances } from "./instance-walk.ts";
import { SessionReader, keyOf } from "./session-reader.ts";
import { readNamespaces } from "./server-check.ts";
import { Snapshot } from "./snapshot.ts";
import { MACHINERY, WELL_KNOWN } from "./well-known.ts";

const SERVER: Place = { path: "Server", id: "ns=0;i=2253" };

/** Of BaseEventType (Part 5, 6.4.2), in the order in which they are asked for. */
const FIELDS = [
  "EventId",
  "EventType",
  "SourceNode",
  "SourceName",
  "Time",
  "ReceiveTime",
  "Message",
  "Severity",
] as const;
type Field = (typeof FIELDS)[number];

/** Which values a field may have; what is wrong with any other. */
const RULES: Readonly<Record<Field, (value: unknown) => string | undefined>> = {
  EventId: (value) => (value instanceof Buffer && value.length > 0 ? undefined : "is empty"),
  EventType: (value) => (value instanceof NodeId && !value.isEmpty() ? undefined : "is null"),
  SourceNode: (value) => (value instanceof NodeId && !value.isEmpty() ? undefined : "is null"),
  SourceName: (value) => (typeof value === "string" && value !== "" ? undefined : "is empty"),
  Time: (value) => (isTime(value) ? undefined : "is no time"),
  ReceiveTime: (value) => (isTime(value) ? undefined : "is no time"),
  Message: (value) => (value instanceof LocalizedText && value.text ? undefined : "is empty"),
  Severity: (value) =>
    typeof value === "number" && value >= 1 && value <= 1000
      ? undefined
      : `is ${String(value)}, not 1 to 1000`,
};

const isTime = (value: unknown): boolean => value instanceof Date && value.getUTCFullYear() > 1601;

/** Types that say that something about the server has changed, and audits: nobody waits for them. */
const NOT_AWAITED = ["ns=0;i=2052", "ns=0;i=2132", "ns=0;i=2787", "ns=0;i=2788", "ns=0;i=2789"];

/** Objects that a machine's types have below Objects/Machines; more are not asked for what they generate. */
const NODES_MAX = 20_000;

/**
 * States: *open* -> *closed*, with the findings. A session that ends closes it too; the findings are those until then.
 */
export class EventWatch {
  readonly #session: ClientSession;
  readonly #subscription: ClientSubscription;
  readonly #findings: Findings;
  readonly #seen = new Set<string>();
  readonly #ids = new Set<string>();
  #count = 0;

  /**
   * Begins to listen to the Server object.
   *
   * @param findingsMax  of each rule
   * @throws Error when the server refuses the subscription
   */
  static async open(session: ClientSession, findingsMax = 500): Promise<EventWatch> {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 100,
      requestedLifetimeCount: 600,
      requestedMaxKeepAliveCount: 100,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 1,
    });
    const watch = new EventWatch(session, subscription, new Findings(findingsMax));
    await watch.#listen();
    return watch;
  }

  private constructor(session: ClientSession, subscription: ClientSubscription, findings: Findings) {
    this.#session = session;
    this.#subscription = subscription;
    this.#findings = findings;
  }

  /** Events so far. */
  get count(): number {
    return this.#count;
  }

  /** Ends the watch and answers what was wrong. */
  async close(): Promise<Finding[]> {
    await this.#subscription.terminate();
    await this.#judgeTypes();
    return this.#findings.sorted();
  }

  async #listen(): Promise<void> {
    const item = ClientMonitoredItem.create(
      this.#subscription,
      { nodeId: SERVER.id, attributeId: AttributeIds.EventNotifier },
      {
        queueSize: 10_000,
        discardOldest: true,
        samplingInterval: 0,
        filter: constructEventFilter([...FIELDS]),
      },
      TimestampsToReturn.Neither,
    );
    item.on("changed", (fields: unknown) => this.#judge(fields as readonly Variant[]));
    await new Promise<void>((resolve, reject) => {
      item.once("initialized", () => resolve());
      item.once("err", (message) => reject(new Error(message)));
    });
  }

  #judge(fields: readonly Variant[]): void {
    this.#count++;
    const type = fields[FIELDS.indexOf("EventType")]?.value as unknown;
    const key = type instanceof NodeId ? keyOf(type) : "an unknown type";
    this.#seen.add(key);
    FIELDS.forEach((field, i) => {
      const fault = RULES[field](fields[i]?.value);
      if (fault) this.#findings.add("event-field", SERVER, `an event of ${key} has a ${field} that ${fault}`);
    });
    const id = fields[FIELDS.indexOf("EventId")]?.value as unknown;
    if (!(id instanceof Buffer)) return;
    const text = id.toString("hex");
    if (this.#ids.has(text))
      this.#findings.add("event-id", SERVER, `two events of ${key} have the id ${text}`);
    this.#ids.add(text);
  }

  /** That the types of events are types of events, and that what the machines' types declare was seen. */
  async #judgeTypes(): Promise<void> {
    const reader = new SessionReader(this.#session, this.#findings);
    await reader.prepare();
    const snapshot = new Snapshot(reader);
    await snapshot.loadSupertypes(this.#seen);
    for (const type of this.#seen) {
      if (!snapshot.isA(type, WELL_KNOWN.baseEventType))
        this.#findings.add("event-type", SERVER, `an event has the type ${type}, which is no BaseEventType`);
    }
    const declared = await this.#declared(snapshot);
    await snapshot.loadSupertypes(declared.keys());
    for (const [type, place] of declared) {
      const isAwaited = !NOT_AWAITED.some((it) => snapshot.isA(type, it));
      const wasSeen = [...this.#seen].some((seen) => snapshot.isA(seen, type));
      if (isAwaited && !wasSeen)
        this.#findings.add(
          "event-unseen",
          place,
          `generates ${snapshot.nameOf(type)}, of which none was seen`,
        );
    }
  }

  /** Event types that the objects below Objects/Machines, or their types, say that they generate. */
  async #declared(snapshot: Snapshot): Promise<Map<string, Place>> {
    const namespaces = await readNamespaces(snapshot);
    const folder = { path: "Machines", id: `ns=${namespaces.indexOf(MACHINERY)};i=1001` };
    const { all } = await walkInstances(snapshot, folder, NODES_MAX, this.#findings);
    const objects = [...all.values()];
    const types = [...new Set(objects.map(({ typeDefinition }) => typeDefinition))];
    await snapshot.loadTypes(types);
    const declared = new Map<string, Place>();
    for (const { id, path, typeDefinition } of objects) {
      for (const source of [id, ...snapshot.chain(typeDefinition)]) {
        for (const type of snapshot.generated(source)) {
          if (!declared.has(type)) declared.set(type, { path, id });
        }
      }
    }
    return declared;
  }
}
