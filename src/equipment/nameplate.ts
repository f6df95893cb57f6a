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
