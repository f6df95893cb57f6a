import type { TimeModel } from "../time-model.ts";

/** What a machining centre's states mean for its time. */
export const CNC_TIME_MODEL: TimeModel = {
  initial: "Ready",
  unplanned: new Set(["Off", "Break"]),
  producing: new Set(["Loading", "ToolChange", "Rapid", "Cutting", "Unloading"]),
  losses: new Map([
    ["SetUp", "set-up"],
    ["WarmUp", "set-up"],
    ["ToolService", "tools"],
  ]),
  breakdown: new Set(["Alarm", "Repair"]),
};
