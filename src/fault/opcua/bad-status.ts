import { z } from "zod";
import type { WireFaultKind } from "../wire-fault-kind.ts";
import type { OpcUaEndpoint } from "./opcua-endpoint.ts";

/** OPC 10000-6, A.2: those that a controller gives when something is wrong with its inputs or its field bus. */
export const STATUS_CODES = {
  Bad: 0x8000_0000,
  BadCommunicationError: 0x8005_0000,
  BadNoCommunication: 0x8031_0000,
  BadWaitingForInitialData: 0x8032_0000,
  BadOutOfRange: 0x803c_0000,
  BadNotConnected: 0x808a_0000,
  BadDeviceFailure: 0x808b_0000,
  BadSensorFailure: 0x808c_0000,
  BadOutOfService: 0x808d_0000,
  Uncertain: 0x4000_0000,
  UncertainNoCommunicationLastUsableValue: 0x408f_0000,
  UncertainLastUsableValue: 0x4090_0000,
  UncertainSubstituteValue: 0x4091_0000,
  UncertainSensorNotAccurate: 0x4093_0000,
  UncertainEngineeringUnitsExceeded: 0x4094_0000,
  UncertainSubNormal: 0x4095_0000,
} as const;

const parameters = z.strictObject({
  status: z
    .enum(Object.keys(STATUS_CODES) as (keyof typeof STATUS_CODES)[])
    .default("BadNoCommunication")
    .describe("what Variables answer with"),
  signal: z
    .string()
    .regex(/^[a-z0-9*-]+$/)
    .default("*")
    .describe("id of the signal; * stands for anything, and alone for every Variable of the unit"),
});

export const badStatus: WireFaultKind<OpcUaEndpoint> = {
  id: "bad-status",
  family: "opcua",
  title: "Bad status",
  description: "Variables answer with a status that is not Good, without a value if it is a bad one.",
  causes: "Reads and notifications carry the status; with a bad one the value is null.",
  parameters,
  begin: async (server, given) => {
    const { status, signal } = parameters.parse(given);
    return { clear: server.disturb({ status: { signal, code: STATUS_CODES[status] } }) };
  },
};
