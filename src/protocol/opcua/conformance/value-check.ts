/** Values: readable, there, of the Variable's data type and shape, within its enumeration. */
import { AccessLevelFlag, AttributeIds, DataType, StatusCodes, VariantArrayType } from "node-opcua";
import type { ExtensionObject, NodeId, Variant } from "node-opcua";

import type { Findings } from "./finding.ts";
import type { Instance } from "./instance-walk.ts";
import { keyOf, type Neighbour } from "./session-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import { WELL_KNOWN } from "./well-known.ts";

/** Data types of the standard that values are encoded as; a subtype is encoded as the nearest of them. */
const BUILT_IN_MAX = 25;
const NUMBERS: Readonly<Record<string, readonly DataType[]>> = {
  // Number, Integer, UInteger: abstract, so each stands for several.
  "ns=0;i=26": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  "ns=0;i=27": [2, 4, 6, 8],
  "ns=0;i=28": [3, 5, 7, 9],
  [WELL_KNOWN.enumeration]: [DataType.Int32],
};

const known = new Set(Array.from({ length: BUILT_IN_MAX }, (_, i) => `ns=0;i=${i + 1}`));

/** How values of a data type may be encoded; undefined means in any way. */
function encodingsOf(snapshot: Snapshot, dataType: string): readonly DataType[] | undefined {
  for (const type of snapshot.chain(dataType)) {
    const numbers = NUMBERS[type];
    if (numbers) return numbers;
    if (type === WELL_KNOWN.baseDataType) return undefined;
    if (known.has(type)) return [Number(type.slice("ns=0;i=".length))];
  }
  return undefined;
}

/** The value of a Variable when it is worth looking into: Good or Uncertain, and not null. */
export function usableValue(snapshot: Snapshot, id: string): Variant | undefined {
  const read = snapshot.value(id);
  return read && !isBad(read.statusCode.value) && !isNull(read.value) ? read.value : undefined;
}

const isBad = (status: number): boolean => status >= 0x8000_0000;

/** Decoders make nothing, or a Variant without a type, of what is missing. */
const isNull = (value: Variant | null): boolean =>
  !value || value.dataType === DataType.Null || value.value === null || value.value === undefined;

/** The elements of an array or matrix, or the scalar alone. */
const elementsOf = ({ arrayType, value }: Variant): unknown[] =>
  arrayType === VariantArrayType.Scalar ? [value] : Array.from(value as ArrayLike<unknown>);

export function checkValue(snapshot: Snapshot, node: Instance, findings: Findings): void {
  const access = snapshot.attribute(AttributeIds.AccessLevel, node.id);
  if (typeof access === "number" && !(access & AccessLevelFlag.CurrentRead)) return;
  const { statusCode, value } = snapshot.value(node.id)!;
  // Part 16: what a sub-state machine answers while its state is not active.
  if (statusCode.equals(StatusCodes.BadStateNotActive)) return;
  if (isBad(statusCode.value)) findings.add("value-status", node, `is ${statusCode.name}`);
  else if (!isNull(value)) checkEncoding(snapshot, node, value, findings);
  else if (!mayBeNull(snapshot, node)) findings.add("value-null", node, "is null");
}

/** Part 16 lets the last transition be null until there is one; its properties then are as well. */
function mayBeNull(snapshot: Snapshot, node: Instance): boolean {
  const isTransition = (it: Neighbour): boolean =>
    snapshot.isA(it.typeDefinition, WELL_KNOWN.transitionVariableType);
  return isTransition(node) || (node.parent !== undefined && isTransition(node.parent));
}

function checkEncoding(snapshot: Snapshot, node: Instance, value: Variant, findings: Findings): void {
  const shape = snapshot.shape(node.id);
  if (!shape) return;
  const { dataType, valueRank } = shape;
  const encodings = encodingsOf(snapshot, dataType);
  if (encodings && !encodings.includes(value.dataType)) {
    const is = DataType[value.dataType];
    findings.add(
      "value-type",
      node,
      `is of type ${is}, which the data type ${snapshot.nameOf(dataType)} is not encoded as`,
    );
    return;
  }
  const rank = dimensionsOf(value);
  const fits =
    valueRank === -2 ||
    (valueRank === -3 ? rank < 2 : valueRank === 0 ? rank > 0 : rank === Math.max(valueRank, 0));
  if (!fits) findings.add("value-shape", node, `has ${rank} dimensions, with a value rank of ${valueRank}`);
  if (value.dataType === DataType.ExtensionObject) checkStructures(snapshot, node, value, findings);
  if (snapshot.isA(dataType, WELL_KNOWN.enumeration)) checkEnumeration(snapshot, node, value, findings);
}

function dimensionsOf({ arrayType, dimensions }: Variant): number {
  if (arrayType === VariantArrayType.Scalar) return 0;
  return arrayType === VariantArrayType.Array ? 1 : (dimensions?.length ?? 1);
}

/** Data types of the structures in a value; one that this client has no decoder for is not listed. */
export function structuresIn(value: Variant): string[] {
  if (value.dataType !== DataType.ExtensionObject) return [];
  return elementsOf(value).flatMap((element) => {
    const schema = (element as ExtensionObject | null)?.schema as { dataTypeNodeId?: NodeId } | undefined;
    return schema?.dataTypeNodeId && !schema.dataTypeNodeId.isEmpty() ? [keyOf(schema.dataTypeNodeId)] : [];
  });
}

function checkStructures(snapshot: Snapshot, node: Instance, value: Variant, findings: Findings): void {
  const { dataType } = snapshot.shape(node.id)!;
  const odd = structuresIn(value).find((structure) => !snapshot.isA(structure, dataType));
  if (!odd) return;
  const [is, wanted] = [odd, dataType].map((it) => snapshot.nameOf(it));
  findings.add("value-type", node, `holds a ${is}, which is no ${wanted} or a subtype`);
}

/** As the library decodes it; a 64 bit integer is a pair of numbers, the low half last. */
interface EnumDefinition {
  readonly fields: readonly { readonly name: string; readonly value: readonly [number, number] }[] | null;
}

function checkEnumeration(snapshot: Snapshot, node: Instance, value: Variant, findings: Findings): void {
  const { dataType } = snapshot.shape(node.id)!;
  const definition = snapshot.attribute(AttributeIds.DataTypeDefinition, dataType);
  const fields = (definition as EnumDefinition | undefined)?.fields ?? [];
  if (fields.length === 0) return;
  const values = new Set(fields.map((field) => field.value[1] | 0));
  for (const element of elementsOf(value)) {
    if (values.has(element as number)) continue;
    const names = fields.map((field) => `${field.value[1] | 0} ${field.name}`).join(", ");
    findings.add("enumeration", node, `is ${String(element)}, the enumeration has ${names}`);
  }
}
