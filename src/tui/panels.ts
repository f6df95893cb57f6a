import { CNC_PANEL } from "./cnc-panel.ts";
import type { Panel } from "./panel.ts";

/** By equipment kind. */
const PANELS: Readonly<Record<string, Panel>> = { cnc: CNC_PANEL };

const NO_PANEL: Panel = { title: "panel", lines: () => [], keys: () => [] };

export const panelOf = (kind: string): Panel => PANELS[kind] ?? NO_PANEL;
