import { DataType } from "node-opcua";
import type { UAVariable } from "node-opcua";

import type { Space } from "./internals.ts";
import { makeOverlay } from "./overlay.ts";
import type { SharedBase } from "./shared-base.ts";

const TYPE = "FolderType";
const NAME = "SelfTest";

function addProbe(overlay: Space, value: number): void {
  overlay.registerNamespace(`urn:taktwerk:self-test:${value}`);
  const folder = overlay.findObjectType(TYPE)!.instantiate({
    browseName: NAME,
    organizedBy: overlay.rootFolder.objects,
  });
  const variable = overlay
    .getOwnNamespace()
    .addVariable({ componentOf: folder, browseName: "Value", dataType: "Double" });
  variable.setValueFromSource({ dataType: DataType.Double, value });
}

function probe(overlay: Space): UAVariable | undefined {
  const folder = overlay.rootFolder.objects.getFolderElementByName(NAME);
  return (folder?.getChildByName("Value") as UAVariable | null) ?? undefined;
}

/** What two overlays of a new base do wrong; a few milliseconds. */
export function selfTest(base: SharedBase): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, text: string): void => {
    if (!holds) problems.push(text);
  };
  const before = base.fingerprint();
  expect(before.foreign === 0, `${before.foreign} references of the base lead nowhere or elsewhere`);
  const overlays = [makeOverlay(base), makeOverlay(base)];
  try {
    overlays.forEach(addProbe);
    const probes = overlays.map(probe);
    expect(
      probes.every((node, i) => node?.addressSpace === overlays[i] && node?.readValue().value.value === i),
      "address spaces do not keep their nodes and values apart",
    );
    expect(isRefused(base), "the base accepts a new node");
  } catch (error) {
    problems.push((error as Error).message);
  }
  for (const overlay of overlays) overlay.dispose();
  const after = base.fingerprint();
  expect(
    JSON.stringify(before) === JSON.stringify(after),
    `using the base changed it: ${JSON.stringify(after)}`,
  );
  return problems;
}

function isRefused(base: SharedBase): boolean {
  try {
    base.space.getOwnNamespace().addObject({ browseName: NAME, organizedBy: base.space.rootFolder.objects });
    return false;
  } catch {
    return true;
  }
}
