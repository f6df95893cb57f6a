/**
 * What a client may ask of a monitored item: items that the library would throw for, or that would cost too much, are
 * refused one by one.
 */
import type { EventEmitter } from "node:events";
import {
  AttributeIds,
  ContentFilter,
  DataChangeFilter,
  ElementOperand,
  EventFilter,
  MonitoredItem,
  MonitoredItemCreateResult,
  MonitoredItemModifyResult,
  MonitoredItemNotification,
  NodeClass,
  StatusCode,
  StatusCodes,
  Subscription,
} from "node-opcua";
import type {
  AddressSpace,
  BaseNode,
  MonitoredItemCreateRequest,
  MonitoringParameters,
  NodeId,
  UAObjectType,
} from "node-opcua";

import { containedBy } from "./library-timers.ts";
import { sampleSlices } from "./work-slices.ts";

/** Evaluations of elements that one event may cost a filter's where clause. */
const FILTER_EVALUATIONS_MAX = 200;
/** Fields that one event may have in a notification. */
const SELECT_CLAUSES_MAX = 200;
/** Event items of a subscription: each evaluates its filter for every event. */
const EVENT_ITEMS_MAX = 50;
/** Items on one node, of all sessions: the library looks through all of them when one ends. */
const ITEMS_PER_NODE_MAX = 2000;

const BASE_EVENT_TYPE = "i=2041";

interface Created {
  readonly createResult: MonitoredItemCreateResult;
  readonly monitoredItem?: MonitoredItem;
}

interface InnerSubscription {
  preCreateMonitoredItem(
    space: AddressSpace,
    timestamps: unknown,
    request: MonitoredItemCreateRequest,
  ): Created;
  readonly monitoredItems: ReadonlyMap<number, MonitoredItem>;
  readonly publishingInterval: number;
}

interface InnerItem {
  _start_sampling(recordInitialValue: boolean): void;
  __start_sampling(recordInitialValue: boolean): void;
  _on_sampling_timer(): void;
  modify(timestamps: unknown, parameters: MonitoringParameters): MonitoredItemModifyResult;
  _setOverflowBit(notification: object): void;
  readonly node: BaseNode | null;
  readonly itemToMonitor: { readonly attributeId: AttributeIds };
  readonly $subscription: Subscription | undefined;
  filter: object | null;
}

/** To be called once a process. */
export function mendMonitoredItems(): void {
  const subscription = Subscription.prototype as unknown as InnerSubscription;
  const create = subscription.preCreateMonitoredItem;
  subscription.preCreateMonitoredItem = function (space, timestamps, request) {
    const { itemToMonitor, requestedParameters } = request;
    const refuse = (statusCode: StatusCode): Created => ({
      createResult: new MonitoredItemCreateResult({ statusCode }),
    });
    amend(requestedParameters, this.publishingInterval);
    const objection = objectionTo(requestedParameters.filter, itemToMonitor.attributeId, space);
    if (objection) return refuse(objection);
    const isForEvents = itemToMonitor.attributeId === AttributeIds.EventNotifier;
    const node = space.findNode(itemToMonitor.nodeId) as (BaseNode & EventEmitter) | null;
    if (
      (isForEvents && eventItems(this) >= EVENT_ITEMS_MAX) ||
      (node?.listenerCount("dispose") ?? 0) >= ITEMS_PER_NODE_MAX
    )
      return refuse(StatusCodes.BadTooManyMonitoredItems);
    // Node.js would warn of more than ten on a Method. What is frozen is shared, and `shared-base.ts` has seen to it.
    if (node && !Object.isFrozen(node)) node.setMaxListeners(0);
    return containedBy(
      this,
      "CreateMonitoredItems",
      () => create.call(this, space, timestamps, request),
      () => refuse(StatusCodes.BadInternalError),
    );
  };
  hearEventsAtOnce();
  mendModify();
  mendOverflow();
  sampleInSlices();
}

/** The library begins to listen in the turn after its answer, so that a client misses what happens in between. */
function hearEventsAtOnce(): void {
  const item = MonitoredItem.prototype as unknown as InnerItem;
  const start = item._start_sampling;
  item._start_sampling = function (recordInitialValue) {
    const isForEvents = this.itemToMonitor.attributeId === AttributeIds.EventNotifier;
    if (isForEvents) this.__start_sampling(recordInitialValue);
    else start.call(this, recordInitialValue);
  };
}

const waitingForSample = new WeakSet<object>();

/** The library samples all items of an interval in one turn of the event loop: 140 ms for 10,000 of them. */
function sampleInSlices(): void {
  const item = MonitoredItem.prototype as unknown as InnerItem;
  const sample = item._on_sampling_timer;
  item._on_sampling_timer = function () {
    // Where sampling takes longer than its interval, an item is sampled as often as there is time.
    if (waitingForSample.has(this)) return;
    waitingForSample.add(this);
    sampleSlices.run(() => {
      waitingForSample.delete(this);
      sample.call(this);
    });
  };
}

function mendModify(): void {
  const item = MonitoredItem.prototype as unknown as InnerItem;
  const { modify } = item;
  item.modify = function (timestamps, parameters) {
    const refuse = (statusCode: StatusCode): MonitoredItemModifyResult =>
      new MonitoredItemModifyResult({ statusCode });
    amend(parameters, this.$subscription?.publishingInterval ?? 0);
    const space = this.node?.addressSpace as AddressSpace | undefined;
    const objection = space && objectionTo(parameters.filter, this.itemToMonitor.attributeId, space);
    if (objection) return refuse(objection);
    const { filter } = this;
    const result = containedBy(
      this,
      "ModifyMonitoredItems",
      () => modify.call(this, timestamps, parameters),
      () => refuse(StatusCodes.BadInternalError),
    );
    // The library takes a filter first, and looks at it then.
    if (result.statusCode.isNotGood()) this.filter = filter;
    return result;
  };
}

/**
 * A queue that overflows marks the value at its front, or at its end, whatever that value's status is; the library
 * asserts that it is Good, and an item whose queue has thrown once never sends again (OPC 10000-4, 7.39.1).
 */
function mendOverflow(): void {
  const item = MonitoredItem.prototype as unknown as InnerItem;
  item._setOverflowBit = function (notification) {
    if (notification instanceof MonitoredItemNotification) {
      const { value } = notification;
      value.statusCode = StatusCode.makeStatusCode(value.statusCode, "Overflow | InfoTypeDataValue");
    }
    const diagnostics = this.$subscription?.subscriptionDiagnostics;
    if (diagnostics) diagnostics.monitoringQueueOverflowCount++;
  };
}

/** An interval that is no number, or below 0, stands for the subscription's own (OPC 10000-4, 7.21). */
function amend(parameters: MonitoringParameters, publishingInterval_ms: number): void {
  const { samplingInterval } = parameters;
  if (!(samplingInterval >= 0 && samplingInterval < Infinity))
    parameters.samplingInterval = publishingInterval_ms;
}

const eventItems = ({ monitoredItems }: InnerSubscription): number =>
  [...monitoredItems.values()].filter(({ filter }) => filter instanceof EventFilter).length;

/** Why an item cannot have a filter; undefined when the library may look at it. */
function objectionTo(
  filter: object | null | undefined,
  attributeId: AttributeIds,
  space: AddressSpace,
): StatusCode | undefined {
  if (attributeId < AttributeIds.NodeId || attributeId > AttributeIds.AccessLevelEx)
    return StatusCodes.BadAttributeIdInvalid;
  if (attributeId === AttributeIds.EventNotifier && !(filter instanceof EventFilter))
    return filter ? StatusCodes.BadMonitoredItemFilterInvalid : StatusCodes.BadEventFilterInvalid;
  if (!filter || filter instanceof DataChangeFilter) return undefined;
  if (!(filter instanceof EventFilter)) return StatusCodes.BadMonitoredItemFilterUnsupported;
  const { selectClauses, whereClause } = filter;
  const clauses = selectClauses ?? [];
  if (clauses.length > SELECT_CLAUSES_MAX) return StatusCodes.BadEventFilterInvalid;
  if (!clauses.every(({ typeDefinitionId }) => isEventType(space, typeDefinitionId)))
    return StatusCodes.BadEventFilterInvalid;
  return evaluationsOf(whereClause) > FILTER_EVALUATIONS_MAX ? StatusCodes.BadEventFilterInvalid : undefined;
}

/** No type at all means BaseEventType. */
function isEventType(space: AddressSpace, typeId: NodeId): boolean {
  if (typeId.isEmpty()) return true;
  const type = space.findNode(typeId);
  const base = space.findNode(BASE_EVENT_TYPE) as UAObjectType | null;
  return (
    type?.nodeClass === NodeClass.ObjectType && base !== null && (type as UAObjectType).isSubtypeOf(base)
  );
}

/**
 * Elements that one evaluation visits: an element that two others refer to is evaluated twice, so 41 elements can
 * mean 2^40 evaluations. A circle counts as endless.
 */
function evaluationsOf(filter: ContentFilter | null): number {
  const elements = filter?.elements ?? [];
  if (elements.length > FILTER_EVALUATIONS_MAX) return Infinity;
  const counts = new Map<number, number>();
  const count = (index: number): number => {
    const known = counts.get(index);
    if (known !== undefined) return known;
    counts.set(index, Infinity);
    const operands = elements[index]?.filterOperands ?? [];
    let sum = 1;
    for (const operand of operands) if (operand instanceof ElementOperand) sum += count(operand.index);
    counts.set(index, sum);
    return sum;
  };
  return count(0);
}
