import { z } from "zod";
import { wallDuration } from "./duration-schema.ts";

const command = z
  .string()
  .min(1)
  .meta({ examples: ["./gateway --config gateway.toml"] });

/** The system under test: how it is started, when it is ready, and what of the run counts. */
export const sutSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .meta({ examples: ["acme-gateway"] })
    .describe("what reports call it"),
  version: z
    .string()
    .min(1)
    .meta({ examples: ["2.4.1"] })
    .optional()
    .describe("of the system under test, for reports"),
  start: command
    .optional()
    .describe("shell command that runs it; without one it is started by somebody else"),
  "may-end": z
    .boolean()
    .optional()
    .describe(
      "whether what is started may end before it is stopped; else that is a check that fails (default false)",
    ),
  reuse: z
    .boolean()
    .optional()
    .describe(
      "leave out `start` and `stop` outside CI, where somebody has started it already (default false)",
    ),
  ready: z
    .strictObject({
      sessions: z.int().min(1).optional().describe("sessions that each OPC UA server has to have"),
      items: z.int().min(1).optional().describe("monitored items that each OPC UA server has to have"),
      north: z
        .literal(true)
        .optional()
        .describe("a message of each unit has to have arrived behind it, once the plant runs"),
      within: wallDuration.optional().describe("wall time that it may take (default 60s)"),
    })
    .optional()
    .describe("when it is ready; MQTT-SN devices have to be connected in any case"),
  warmup: wallDuration
    .optional()
    .describe("plant time at the begin of which nothing on wire or north is judged (default 0s)"),
  drain: wallDuration
    .optional()
    .describe("wall time after the end in which messages may still arrive (default 5s)"),
  outages: z
    .literal("allowed")
    .optional()
    .describe(
      "with `north`, that nothing is withheld is judged by default: `north.withheld count == 0`; `allowed` turns that off",
    ),
  stop: command.optional().describe("shell command that ends it (default: SIGTERM to what was started)"),
  logs: z
    .string()
    .min(1)
    .meta({ examples: ["out/gateway.log"] })
    .optional()
    .describe("file that keeps all that it prints"),
});

/** Where messages arrive behind the system under test. */
export const northSchema = z.strictObject({
  mqtt: z
    .strictObject({
      broker: z
        .string()
        .regex(/^(embedded|mqtts?:\/\/([^\s@/]+@)?[A-Za-z0-9.-]+(:\d{1,5})?)$/)
        .meta({ examples: ["mqtt://127.0.0.1:1883", "embedded"] })
        .describe("broker to listen at; embedded is the one behind the embedded gateway"),
      mqtt: z.literal(["3.1.1", "5"]).optional().describe("version of MQTT (default 3.1.1)"),
      topics: z
        .string()
        .regex(/^(?=.*\{unit\})(?=.*\{stream\})[^#+{}\0]*(\{(plant|group|unit|stream)\}[^#+{}\0]*)+$/)
        .meta({ examples: ["{plant}/{group}/{unit}/{stream}"] })
        .optional()
        .describe("topic of each stream behind it (default that of the devices)"),
    })
    .describe("an MQTT broker at which the payloads of the devices arrive"),
});

export type SutSettings = z.infer<typeof sutSchema>;
export type NorthSettings = z.infer<typeof northSchema>;
