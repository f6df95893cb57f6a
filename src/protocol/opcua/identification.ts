/** The nameplate as Machinery's Identification (OPC 40001-1, MachineIdentificationType and its subtypes). */
import { DataType } from "node-opcua";
import type { UAObject } from "node-opcua";

import { localizedText, scalar, text, type UnitNodes } from "./unit-nodes.ts";

/** Optional in the type, present on every unit. */
export const NAMEPLATE_OPTIONALS = [
  "ManufacturerUri",
  "Model",
  "ProductCode",
  "HardwareRevision",
  "SoftwareRevision",
  "DeviceClass",
  "YearOfConstruction",
  "Location",
] as const;

/** Fills an instance that was made with NAMEPLATE_OPTIONALS. */
export function fillIdentification(nodes: UnitNodes, identification: UAObject): void {
  const { nameplate } = nodes.unit;
  const values = {
    Manufacturer: localizedText(nameplate.manufacturer),
    ManufacturerUri: text(nameplate.manufacturerUri),
    Model: localizedText(nameplate.model),
    ProductCode: text(nameplate.productCode),
    SerialNumber: text(nameplate.serialNumber),
    ProductInstanceUri: text(nameplate.productInstanceUri),
    HardwareRevision: text(nameplate.hardwareRevision),
    SoftwareRevision: text(nameplate.softwareRevision),
    DeviceClass: text(nameplate.deviceClass),
    YearOfConstruction: scalar(DataType.UInt16, nameplate.yearOfConstruction),
    Location: text(nameplate.location),
  };
  for (const [name, value] of Object.entries(values)) nodes.set(identification, name, value);
}
