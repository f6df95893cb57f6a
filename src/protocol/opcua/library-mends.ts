/**
 * What has to be set right in node-opcua before a server of ours may be seen by a client: its messages, its
 * node ids and a value of a nodeset that it cannot send.
 */
import { debuglog } from "node:util";

import {
  AttributeIds,
  BinaryStream,
  DataType,
  DataValue,
  NamespaceOptions,
  NodeClass,
  StatusCodes,
  Variant,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua";
import type {
  AddressSpace,
  BaseNode,
  IAddressSpace,
  OPCUAServerEndPoint,
  ServerSecureChannelLayer,
  StatusCode,
  UAVariable,
  UAVariableType,
  VariantOptions,
} from "node-opcua";

import { mendCncNodeset } from "./cnc-nodeset.ts";
import { quietly } from "./contained/library-console.ts";
import { addMissingMetadata } from "./namespace-metadata.ts";

const log = debuglog("opcua");

let prepared = false;

/**
 * Settings that the library keeps per process; calling it again is harmless.
 *
 * Loading the nodesets alone prints 70 lines of warnings about initial values in PADIM. None of the library's
 * messages is for a user, who gets coded errors instead; `NODE_DEBUG=opcua` prints them to stderr.
 * Node ids of an instance's children are their paths: "cnc-01/Monitoring/Spindle1".
 */
export function prepareLibrary(): void {
  if (prepared) return;
  prepared = true;
  // The loggers' first argument is the place in the library's source, whatever their declared type says.
  setErrorLogger((...args: unknown[]) => log("%o", args));
  setWarningLogger((...args: unknown[]) => log("%o", args));
  NamespaceOptions.nodeIdNameSeparator = "/";
}

const hasValue = (node: BaseNode): node is UAVariable | UAVariableType =>
  node.nodeClass === NodeClass.Variable || node.nodeClass === NodeClass.VariableType;

/** True when the library's encoder can put the node's value on the wire. */
function isSendable(value: Variant): boolean {
  try {
    value.encode(new BinaryStream(value.binaryStoreSize()));
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes away values that cannot be encoded and says which nodes had one.
 *
 * A nodeset may leave out fields of a structure (Machinery/Result i=6056, CreationTime, for one); the loader
 * keeps them as `undefined`, and a client that reads such a value makes the encoder throw outside of any
 * request handler, which ends the process and every server in it. Such a node answers BadWaitingForInitialData
 * until someone gives it a value.
 */
export function mendValues(space: IAddressSpace): string[] {
  const mended: string[] = [];
  for (const namespace of space.getNamespaceArray()) {
    for (const node of namespace.nodeIterator()) {
      if (!hasValue(node)) continue;
      const { value } = node.readAttribute(null, AttributeIds.Value);
      if (!value || isSendable(value)) continue;
      // Both node classes keep their value here; only Variables have a public setter, and it refuses Null.
      const holder = node as unknown as { $dataValue: { value: Variant; statusCode: unknown } };
      holder.$dataValue.value = new Variant({ dataType: DataType.Null });
      holder.$dataValue.statusCode = StatusCodes.BadWaitingForInitialData;
      mended.push(node.nodeId.toString());
    }
  }
  return mended;
}

/** What the library puts on a Variable, and on those of its fields, that holds a structure. */
const STRUCTURE_BINDING = [
  "setValueFromSource",
  "_inner_replace_dataValue",
  "$extensionObject",
  "$set_ExtensionObject",
];

/** Whether a Variable is tied to a structure, as its own or as one of its fields. */
export const isTied = (node: BaseNode): boolean =>
  Object.getOwnPropertyDescriptor(node, "$dataValue")?.get !== undefined;

/**
 * Frees a Variable from the structure that the library ties it to when its type has a value: it could hold no other,
 * nor one from a function, and reading it would throw.
 *
 * @returns whether it was tied; it has no value any more then
 */
export function untieStructure(variable: UAVariable): boolean {
  if (!isTied(variable)) return false;
  for (const name of STRUCTURE_BINDING) Reflect.deleteProperty(variable, name);
  const value = new DataValue({ statusCode: StatusCodes.BadWaitingForInitialData });
  Object.defineProperty(variable, "$dataValue", {
    value,
    writable: true,
    configurable: true,
    enumerable: true,
  });
  return true;
}

/** When the last values were given; most of a server's are within its start. */
let given = new Date(0);
const GIVEN_SPAN_MS = 1000;

/**
 * Gives a Variable a value that stays. The library's way checks, compares and tells who is interested, which takes
 * longer than making the node; here nobody has heard of it yet.
 */
export function giveValue(variable: UAVariable, value: VariantOptions): void {
  untieStructure(variable);
  const now_ms = Date.now();
  if (now_ms - given.getTime() >= GIVEN_SPAN_MS) given = new Date(now_ms);
  const dataValue = new DataValue({
    statusCode: StatusCodes.Good,
    sourceTimestamp: given,
    serverTimestamp: given,
  });
  dataValue.value = new Variant(value);
  (variable as UAVariable & { $dataValue: DataValue }).$dataValue = dataValue;
}

/** OPC 10000-6, 7.1.2.5: type and size, status code, text with its length */
function errorMessage({ value, description }: StatusCode): Buffer {
  const text = Buffer.from(description);
  const message = Buffer.alloc(16 + text.length);
  message.write("ERRF", "latin1");
  message.writeUInt32LE(message.length, 4);
  message.writeUInt32LE(value, 8);
  message.writeUInt32LE(text.length, 12);
  text.copy(message, 16);
  return message;
}

/**
 * A refusal that cannot be secured, of a policy that is not on offer for one, has to be an Error message; the library
 * sends a secured answer with that message's type, which clients can make nothing of.
 */
export function mendRefusals(channel: ServerSecureChannelLayer): void {
  const send = channel.send_response.bind(channel);
  channel.send_response = (type, response, message, done) => {
    if (type !== "ERR") return send(type, response, message, done);
    channel.write(errorMessage(response.responseHeader.serviceResult));
    done?.();
  };
}

interface Door {
  _prevent_DDOS_Attack(establish: () => void, deny: () => void): void;
}

/** The library prints to standard output when it has no room for a connection. */
export function mendFullHouse(endpoint: OPCUAServerEndPoint): void {
  const door = endpoint as unknown as Door;
  const prevent = door._prevent_DDOS_Attack.bind(endpoint);
  door._prevent_DDOS_Attack = (establish, deny) =>
    prevent(
      () => quietly(establish),
      () => quietly(deny),
    );
}

/** What an address space needs before nodes are added to it: once on a plain server, once for all that share types. */
export function prepareSpace(space: AddressSpace): void {
  mendCncNodeset(space);
  addMissingMetadata(space);
  mendValues(space);
  // Handlers of the condition types' Methods: functions that hold nothing of a server.
  space.installAlarmsAndConditionsService();
}
