import { calendarRows } from "./calendar-rows.ts";
import { fleetRows } from "./fleet-rows.ts";
import { processRows } from "./process-rows.ts";
import { signalRows } from "./signal-rows.ts";
import type { Row } from "./table.ts";

/** The engine's table: its parts first, whole plants at the end. */
export const engineRows: readonly Row[] = [...calendarRows, ...processRows, ...signalRows, ...fleetRows];
