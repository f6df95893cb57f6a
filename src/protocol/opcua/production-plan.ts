/**
 * A machine's job orders as the production plan of OPC 40501-1: one job for each order that the unit keeps, in the
 * order in which they came. A run makes a part; one that is scrap is made again, so more runs than planned may be
 * completed.
 */
import { DataType, NodeId, NodeIdType } from "node-opcua";
import type { UAObject, VariantOptions } from "node-opcua";

import type { JobOrder, JobState, UnitEvent } from "../port.ts";
import { Transitions, type Notifier } from "./events.ts";
import { NAMESPACE, localizedText, scalar, text, type UnitNodes } from "./unit-nodes.ts";

/** States of the job's machine, by those of ISA-95. */
const STATES = {
  NotAllowedToStart: "Initializing",
  AllowedToStart: "Initializing",
  Running: "Running",
  Interrupted: "Interrupted",
  Ended: "Ended",
  Aborted: "Aborted",
} as const satisfies Record<JobState, string>;

const EVENT_TYPE = "ProductionJobTransitionEventType";

/** Optional nodes of a machine that works off job orders. */
export const planOptionals = (nodes: UnitNodes): string[] =>
  nodes.unit.jobs
    ? ["ProductionPlan", "ActiveProgram.JobIdentifier", "ActiveProgram.JobNodeId"].map(
        (path) => `Production.${path}`,
      )
    : [];

/** Fills and follows the plan below `production`, which was made with `planOptionals`. */
export function addProductionPlan(nodes: UnitNodes, production: UAObject, notifier: Notifier): void {
  if (nodes.unit.jobs) new ProductionPlan(nodes, production, notifier);
}

/** A job in the plan; of an order that is gone, the last that was known. */
interface PlannedJob {
  order: JobOrder;
  readonly node: UAObject;
  readonly transitions: Transitions;
}

class ProductionPlan {
  readonly #nodes: UnitNodes;
  readonly #list: UAObject;
  readonly #notifier: Notifier;
  readonly #jobs = new Map<string, PlannedJob>();

  constructor(nodes: UnitNodes, production: UAObject, notifier: Notifier) {
    this.#nodes = nodes;
    this.#list = nodes.object(production, "ProductionPlan");
    this.#notifier = notifier;
    const running = (): JobOrder | undefined =>
      this.#orders.find(({ state }) => state === "Running" || state === "Interrupted");
    nodes.compute(production, "ActiveProgram/JobIdentifier", () => text(running()?.id ?? ""));
    nodes.compute(production, "ActiveProgram/JobNodeId", () => {
      const job = this.#jobs.get(running()?.id ?? "");
      return scalar(DataType.NodeId, job?.node.nodeId ?? NodeId.nullNodeId);
    });
    this.#follow();
    nodes.onEvent("job", (event) => this.#hear(event));
  }

  get #orders(): readonly JobOrder[] {
    return this.#nodes.port.jobs(this.#nodes.unit.name);
  }

  #hear(event: UnitEvent): void {
    const before = this.#jobs.get(event.source)?.order.state;
    this.#follow();
    const job = this.#jobs.get(event.source);
    if (!job) return;
    const from = STATES[before ?? "NotAllowedToStart"];
    const to = STATES[job.order.state];
    if (from === to) return;
    job.transitions.raise(event, from, to, {
      identifier: text(job.order.id),
      runsCompleted: scalar(DataType.UInt32, runsCompleted(job.order)),
      runsPlanned: scalar(DataType.UInt32, job.order.quantity),
    });
  }

  /** Jobs come and go with their orders. */
  #follow(): void {
    const orders = new Map(this.#orders.map((order) => [order.id, order]));
    for (const [id, { node }] of this.#jobs) {
      if (orders.has(id)) continue;
      this.#jobs.delete(id);
      this.#nodes.space.deleteNode(node);
    }
    for (const order of orders.values()) {
      const job = this.#jobs.get(order.id);
      if (job) job.order = order;
      else this.#add(order);
    }
  }

  #add(order: JobOrder): void {
    const nodes = this.#nodes;
    const { id, program } = order;
    const path = `${String(this.#list.nodeId.value)}/${id}`;
    const node = nodes.instantiate("ProductionJobType", NAMESPACE.machineTool, {
      browseName: { name: id, namespaceIndex: nodes.namespace.index },
      // Not as text: a client's id may hold what a node id's notation does not bear.
      nodeId: new NodeId(NodeIdType.STRING, path, nodes.namespace.index),
      references: [{ referenceType: "HasOrderedComponent", isForward: false, nodeId: this.#list }],
      optionals: ["PartsCompleted", "PartsGood"],
    });
    const transitions = new Transitions(nodes, this.#notifier, nodes.object(node, "State"), EVENT_TYPE);
    const job: PlannedJob = { order, node, transitions };
    this.#jobs.set(id, job);
    nodes.set(node, "Identifier", text(id));
    this.#compute(job, "NumberInList", DataType.UInt16, () => [...this.#jobs.keys()].indexOf(id));
    this.#compute(job, "RunsPlanned", DataType.UInt32, ({ quantity }) => quantity);
    nodes.set(node, "RunsPlanned/IsValid", scalar(DataType.Boolean, true));
    this.#compute(job, "RunsCompleted", DataType.UInt32, runsCompleted);
    this.#compute(job, "PartsCompleted", DataType.UInt32, runsCompleted);
    this.#compute(job, "PartsGood", DataType.UInt32, ({ good }) => good);
    this.#addProgram(nodes.object(node, "ProductionPrograms"), program);
    this.#computeState(job);
  }

  /** From the order as it is when a client asks, parts that were made since the last event included. */
  #compute(job: PlannedJob, path: string, dataType: DataType, show: (order: JobOrder) => number): void {
    this.#nodes.compute(job.node, path, () => scalar(dataType, show(this.#now(job))));
  }

  #now(job: PlannedJob): JobOrder {
    return this.#orders.find(({ id }) => id === job.order.id) ?? job.order;
  }

  #computeState(job: PlannedJob): void {
    const states = this.#nodes.states(this.#nodes.object(job.node, "State"));
    const current = (): NonNullable<ReturnType<typeof states.get>> =>
      states.get(STATES[this.#now(job).state])!;
    const compute = (path: string, get: () => VariantOptions): void =>
      this.#nodes.compute(job.node, `State/CurrentState${path}`, get);
    compute("", () => localizedText(current().name));
    compute("/Id", () => scalar(DataType.NodeId, current().id));
    compute("/Number", () => scalar(DataType.UInt32, current().number));
  }

  #addProgram(list: UAObject, name: string): void {
    const program = this.#nodes.instantiate("ProductionProgramType", NAMESPACE.machineTool, {
      browseName: { name: "Program1", namespaceIndex: this.#nodes.namespace.index },
      nodeId: new NodeId(
        NodeIdType.STRING,
        `${String(list.nodeId.value)}/Program1`,
        this.#nodes.namespace.index,
      ),
      references: [{ referenceType: "HasOrderedComponent", isForward: false, nodeId: list }],
    });
    this.#nodes.set(program, "Name", text(name));
    this.#nodes.set(program, "NumberInList", scalar(DataType.UInt16, 0));
  }
}

const runsCompleted = ({ good, scrapped }: JobOrder): number => good + scrapped;
