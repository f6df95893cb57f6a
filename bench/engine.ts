import { calendarRows } from "./calendar-rows.ts";
import { processRows } from "./process-rows.ts";
import { signalRows } from "./signal-rows.ts";
import type { Row } from "./table.ts";

/** The engine's table; rows of whole plants join at the end. */
export const engineRows: readonly Row[] = [...calendarRows, ...processRows, ...signalRows];
