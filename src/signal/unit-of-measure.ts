/** Units of UNECE Recommendation 20, by common code; the code is what OPC UA Part 8 puts on the wire. */
export interface UnitOfMeasure {
  readonly code: string;
  readonly symbol: string;
  readonly name: string;
}

export const MILLIMETRE: UnitOfMeasure = { code: "MMT", symbol: "mm", name: "millimetre" };
export const MILLIMETRE_PER_MINUTE: UnitOfMeasure = {
  code: "H81",
  symbol: "mm/min",
  name: "millimetre per minute",
};
export const PERCENT: UnitOfMeasure = { code: "P1", symbol: "%", name: "percent" };
export const REVOLUTIONS_PER_MINUTE: UnitOfMeasure = {
  code: "RPM",
  symbol: "r/min",
  name: "revolutions per minute",
};
export const VOLT: UnitOfMeasure = { code: "VLT", symbol: "V", name: "volt" };
export const KILOWATT: UnitOfMeasure = { code: "KWT", symbol: "kW", name: "kilowatt" };
export const KILOWATT_HOUR: UnitOfMeasure = { code: "KWH", symbol: "kW·h", name: "kilowatt hour" };
export const DEGREE_CELSIUS: UnitOfMeasure = { code: "CEL", symbol: "°C", name: "degree Celsius" };
export const HOUR: UnitOfMeasure = { code: "HUR", symbol: "h", name: "hour" };
export const MINUTE: UnitOfMeasure = { code: "MIN", symbol: "min", name: "minute" };
export const SECOND: UnitOfMeasure = { code: "SEC", symbol: "s", name: "second" };
export const BAR: UnitOfMeasure = { code: "BAR", symbol: "bar", name: "bar" };
export const MICROMETRE: UnitOfMeasure = { code: "4H", symbol: "µm", name: "micrometre" };
export const DEGREE: UnitOfMeasure = { code: "DD", symbol: "°", name: "degree" };
export const MILLIMETRE_PER_SECOND: UnitOfMeasure = {
  code: "C16",
  symbol: "mm/s",
  name: "millimetre per second",
};
