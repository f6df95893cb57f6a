import { z } from "zod";

/** What all units of a model have on their plate; the individual's serial number is derived from its name. */
export const nameplateSchema = z.strictObject({
  manufacturer: z.string().min(1),
  manufacturerUri: z.string().min(1),
  model: z.string().min(1),
  productCode: z.string().min(1),
  hardwareRevision: z.string(),
  softwareRevision: z.string(),
  yearOfConstruction: z.int().min(1950).max(2100),
  deviceClass: z.string().min(1),
});

/** OPC 40001-1 Identification of one machine. */
export interface Nameplate extends z.infer<typeof nameplateSchema> {
  readonly serialNumber: string;
  /** Globally unique, as OPC 40001-1 wants it. */
  readonly productInstanceUri: string;
  readonly location: string;
}

/** A part of a machine with a plate of its own. */
export interface ComponentPlate {
  /** Kebab-case, unique within the unit. */
  readonly id: string;
  readonly title: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly deviceClass: string;
}

/** The plate of a part that the machine's maker built himself; its serial number follows the machine's. */
export function partOf(
  { manufacturer, productCode, serialNumber }: Nameplate,
  id: string,
  title: string,
  deviceClass: string,
): ComponentPlate {
  return {
    id,
    title,
    manufacturer,
    model: `${productCode}-${id}`,
    serialNumber: `${serialNumber}-${id}`,
    deviceClass,
  };
}

export function makeNameplate(
  model: z.infer<typeof nameplateSchema>,
  plant: string,
  unit: string,
  location: string,
): Nameplate {
  const serialNumber = `${plant}-${unit}`;
  return {
    ...model,
    serialNumber,
    productInstanceUri: `urn:taktwerk:${model.productCode}:${serialNumber}`,
    location,
  };
}
