/** Engineering units and ranges of analog values (Part 8, 5.6.4 and 5.6.3). */
import { VariantArrayType } from "node-opcua";
import type { EUInformation, Range, Variant } from "node-opcua";

import type { Findings } from "./finding.ts";
import type { Instance } from "./instance-walk.ts";
import type { Snapshot } from "./snapshot.ts";
import { structuresIn, usableValue } from "./value-check.ts";
import { UNECE, WELL_KNOWN } from "./well-known.ts";

/** Recommendation 20: two or three letters and digits. */
const COMMON_CODE = /^[0-9A-Z]{2,3}$/;

/** A common code as the number that Part 8 makes of it: its characters are the bytes, the first is the highest. */
function commonCode(unitId: number): string | undefined {
  const bytes = [unitId >>> 24, unitId >>> 16, unitId >>> 8, unitId].map((it) => it & 0xff);
  const code = String.fromCharCode(...bytes.slice(bytes.findIndex((it) => it !== 0)));
  return COMMON_CODE.test(code) ? code : undefined;
}

const isStructure = (value: Variant | undefined, type: string): value is Variant =>
  value?.arrayType === VariantArrayType.Scalar && structuresIn(value).includes(type);

/** A property of type EUInformation. */
export function checkUnit(snapshot: Snapshot, node: Instance, findings: Findings): void {
  const value = usableValue(snapshot, node.id);
  if (!isStructure(value, WELL_KNOWN.euInformation)) return;
  const { namespaceUri, unitId } = value.value as EUInformation;
  if (namespaceUri !== UNECE)
    findings.add("unit", node, `is a unit of ${JSON.stringify(namespaceUri)}, expected ${UNECE}`);
  else if (!commonCode(unitId))
    findings.add("unit", node, `has the unit id ${unitId}, which is no common code as a number`);
}

/** A property of type Range and, for EURange, the value of the Variable that it belongs to. */
export function checkRange(snapshot: Snapshot, node: Instance, findings: Findings): void {
  const value = usableValue(snapshot, node.id);
  if (!isStructure(value, WELL_KNOWN.range)) return;
  const { low, high } = value.value as Range;
  if (!(low < high)) {
    findings.add("range", node, `goes from ${low} to ${high}, the low end must be below the high end`);
    return;
  }
  const measured = node.parent && node.name === "EURange" && usableValue(snapshot, node.parent.id);
  if (!measured || measured.arrayType !== VariantArrayType.Scalar) return;
  const number: unknown = measured.value;
  if (typeof number === "number" && !(number >= low && number <= high))
    findings.add("range-value", node.parent!, `is ${number}, outside of its range from ${low} to ${high}`);
}
