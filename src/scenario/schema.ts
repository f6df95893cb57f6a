import { z } from "zod";
import { ENCODINGS, STREAMS } from "../protocol/dataset.ts";
import { checkSchema } from "./check-schema.ts";
import { parseDuration } from "./duration.ts";
import { duration, interval } from "./duration-schema.ts";
import { actionSchema } from "./action-schema.ts";
import { northSchema, sutSchema } from "./sut-schema.ts";
import { faultSchema } from "./fault-schema.ts";
import { host, port } from "./host-schema.ts";
import { discoverySchema, opcuaSchema } from "./opcua-schema.ts";
import { reportSchema } from "./report-schema.ts";

export const FORMAT_VERSION = 1;

/** Characters of a text that reports repeat: a name, a place. */
const TEXT_MAX = 200;
export const SEED_LENGTH_MAX = TEXT_MAX;
/** Entries of a list that a person or a script writes. */
const ENTRIES_MAX = 10_000;
/** Each check is judged on each of its units. */
const CHECKS_MAX = 1000;

const NAME_HINT = "letters, digits, - and _, a letter or digit first, at most 64";
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const name = z
  .string()
  .regex(NAME_PATTERN)
  .meta({ examples: ["hall-1"] });

/** As in a URL; the pattern itself ends at 65535, so that an editor knows it too. */
const HOST_AND_PORT =
  "[A-Za-z0-9.-]+:([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";

/** MQTT-SN carries the keep-alive in whole seconds of 16 bits, and 0 would switch it off. */
const isKeepAlive = (text: string): boolean => {
  const seconds = parseDuration(text);
  return seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 65_535);
};

/** 5.3.11: what a topic id can be. */
const topicId = z.int().min(1).max(65_534);

const gatewayAddress = z
  .string()
  .regex(new RegExp(`^udp://${HOST_AND_PORT}$`))
  .meta({ examples: ["udp://192.168.0.10:1884"] });

const multicastGroup = z
  .string()
  .regex(/^2(2[4-9]|3\d)(\.\d{1,3}){3}:\d{1,5}$/)
  .meta({ examples: ["239.255.0.1:1883"] });

const gatewayGroup = z
  .string()
  .regex(/^search:\/\/2(2[4-9]|3\d)(\.\d{1,3}){3}:\d{1,5}$/)
  .meta({ examples: ["search://239.255.0.1:1883"] });

const mqttsnSchema = z.strictObject({
  gateway: z
    .union([z.literal("embedded"), gatewayAddress, gatewayGroup, z.array(gatewayAddress).min(1)])
    .meta({ examples: ["embedded", "udp://192.168.0.10:1884"] })
    .optional()
    .describe(
      "gateway that devices publish to, several that are tried in turn, or a multicast group to search (default embedded)",
    ),
  qos: z
    .literal([-1, 0, 1, 2])
    .optional()
    .describe(
      "quality of service of publishes; -1 is without a connection, to predefined topics (default 1)",
    ),
  encoding: z.enum(ENCODINGS).optional().describe("payload encoding (default json)"),
  topics: z
    .string()
    .regex(/^(?=.*\{unit\})(?=.*\{stream\})[^#+{}\0]*(\{(plant|group|unit|stream)\}[^#+{}\0]*)+$/)
    .meta({ examples: ["{plant}/{group}/{unit}/{stream}"] })
    .optional()
    .describe(
      "topic of each stream, with {unit} and {stream}, so that each has its own (default {plant}/{group}/{unit}/{stream})",
    ),
  streams: z
    .array(z.enum(STREAMS))
    .min(1)
    .optional()
    .describe("what devices tell: telemetry is each poll group, the others are logs of events (default all)"),
  publish: z
    .union([z.enum(["tick", "change"]), interval])
    .meta({ examples: ["tick", "change", "500ms", "10s"] })
    .optional()
    .describe(
      "telemetry goes out with every tick of a poll group, with those that say something new, or this often",
    ),
  commands: z
    .boolean()
    .optional()
    .describe("let messages of the stream `command` drive the unit (default true)"),
  will: z
    .boolean()
    .optional()
    .describe("keep the stream `connection` up to date with a will (default false)"),
  "keep-alive": duration
    .refine(isKeepAlive, "it is whole seconds, from 1s to 65535s")
    .meta({ examples: ["60s", "5m"] })
    .optional()
    .describe("longest silence of a device (default 60s)"),
  sleep: duration
    .refine(isKeepAlive, "it is whole seconds, from 1s to 65535s")
    .meta({ examples: ["60s", "5m"] })
    .optional()
    .describe("devices sleep this long between two looks at the gateway (default: they do not sleep)"),
  "clean-session": z.boolean().optional().describe("forget subscriptions at each connection (default true)"),
  retry: interval.optional().describe("how long a request waits for its answer, T_retry (default 1s)"),
  retries: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe("how often a request is repeated, N_retry (default 4)"),
  backlog: z
    .strictObject({
      max: z.int().min(1).max(100_000).optional().describe("messages that wait for the wire (default 100)"),
      drop: z
        .enum(["oldest", "newest"])
        .optional()
        .describe("which one goes when it is full (default oldest)"),
    })
    .optional()
    .describe("what a device keeps while the gateway does not take it"),
  "payload-limit": z
    .int()
    .min(64)
    .max(65_000)
    .optional()
    .describe("octets of a payload; longer poll groups are split over several messages (default 1024)"),
  forwarder: z
    .boolean()
    .optional()
    .describe(
      "send all devices of a process through one socket, encapsulated (default false: a socket each)",
    ),
});

/** Topic ids that gateway and clients know in advance, by topic; also a file of its own. */
export const predefinedSchema = z
  .record(z.string().min(1), topicId)
  .meta({ examples: [{ "plant/alarm": 1 }] });

const gatewaySchema = z.strictObject({
  bind: host.optional().describe("address of the embedded gateway and broker (default 127.0.0.1)"),
  port: port.optional().describe("UDP port of the embedded gateway (default 21884)"),
  broker: z
    .string()
    .regex(new RegExp(`^(embedded|mqtt://${HOST_AND_PORT})$`))
    .meta({ examples: ["embedded", "mqtt://192.168.0.10:1883"] })
    .optional()
    .describe("broker behind the embedded gateway (default embedded)"),
  "broker-port": port.optional().describe("TCP port of the embedded broker (default 21883)"),
  mqtt: z.literal(["3.1.1", "5"]).optional().describe("version of MQTT towards the broker (default 3.1.1)"),
  predefined: predefinedSchema
    .optional()
    .describe("topic ids that devices and gateway know in advance, by topic"),
  advertise: multicastGroup
    .optional()
    .describe("multicast group in which the embedded gateway announces itself and can be searched for"),
  insecure: z.boolean().optional().describe("allow a network address: gateway and broker know no security"),
});

const abortingThreshold = z.strictObject({
  threshold: z
    .string()
    .max(TEXT_MAX)
    .meta({ examples: ["twin.parts_scrapped count <= 3"] }),
  abortOnFail: z.literal(true).describe("end the run as soon as it does not hold any more"),
  delayAbortEval: duration.optional().describe("plant time before which it does not (default 0s)"),
});

const endpointsSchema = z.strictObject({
  opcua: z
    .union([z.literal(false), opcuaSchema])
    .optional()
    .describe("OPC UA servers, or false"),
  mqttsn: z
    .union([z.literal(false), mqttsnSchema])
    .optional()
    .describe("MQTT-SN devices, or false"),
});

const unitsSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .meta({ examples: ["cnc/vmc-3axis-15kw"] })
    .describe("machine model, as `taktwerk list models` shows it"),
  count: z.int().min(1).max(10_000).optional().describe("how many of them (default 1)"),
  name: z
    .string()
    .min(1)
    .meta({ examples: ["cnc-{n:02}"] })
    .describe("unit name; {n} is the number from 1, {n:02} with leading zeros"),
  program: z
    .string()
    .min(1)
    .meta({ examples: ["programs/bracket-al"] })
    .describe("part program that the machine runs"),
  operation: z
    .string()
    .min(1)
    .meta({ examples: ["operations/job-shop"] })
    .optional()
    .describe("who works when: shifts, set-ups, micro-stops (default operations/continuous: none of them)"),
  failures: z
    .enum(["natural", "none"])
    .optional()
    .describe("whether faults come by themselves, by reliability data (default none)"),
});

const groupSchema = z.strictObject({
  group: name.describe(`name of the group: ${NAME_HINT}`),
  location: z
    .string()
    .min(1)
    .max(TEXT_MAX)
    .optional()
    .describe("where the machines stand, for their nameplates"),
  units: z.array(unitsSchema).min(1).max(ENTRIES_MAX).describe("list of units"),
  endpoints: endpointsSchema.optional().describe("overrides the scenario's endpoints for this group"),
});

/** A scenario file, as written. Durations stay text; planning turns them into seconds. */
export const scenarioSchema = z.strictObject({
  taktwerk: z.literal(FORMAT_VERSION).describe("version of the file format"),
  name: name.describe(`name of the scenario and of the plant: ${NAME_HINT}`),
  seed: z
    .union([z.int().min(0), z.string().min(1).max(SEED_LENGTH_MAX)])
    .optional()
    .describe("root of everything random: a whole number up to 9007199254740991, or any text (default 1)"),
  start: z.iso
    .datetime({ offset: true })
    .meta({ examples: ["2026-01-05T06:00:00Z", "2026-01-05T06:00:00+01:00"] })
    .optional()
    .describe("the plant's calendar at the start, with its time zone (default a Monday, 06:00)"),
  timestamps: z.enum(["wall", "plant"]).optional().describe("what stands on the wire (default wall)"),
  duration: duration.optional().describe("plant time to run (default: until stopped)"),
  speed: z
    .union([z.literal("max"), z.number().positive()])
    .optional()
    .describe('plant seconds a second, or "max" (default 1)'),
  fleet: z.array(groupSchema).min(1).max(ENTRIES_MAX).describe("groups of units"),
  actions: z
    .array(actionSchema)
    .min(1)
    .max(ENTRIES_MAX)
    .optional()
    .describe("what is done to units or to the run, and when"),
  faults: z.array(faultSchema).min(1).max(ENTRIES_MAX).optional().describe("what goes wrong, where and when"),
  checks: z
    .array(checkSchema)
    .min(1)
    .max(CHECKS_MAX)
    .optional()
    .describe("what has to be so, of which units, when"),
  thresholds: z
    .array(z.union([z.string().max(TEXT_MAX), abortingThreshold]))
    .min(1)
    .max(CHECKS_MAX)
    .meta({ examples: [["twin.parts_scrapped count <= 3"]] })
    .optional()
    .describe("bounds on metrics of the whole fleet"),
  report: reportSchema.optional().describe("files that `taktwerk run` leaves behind"),
  endpoints: endpointsSchema.optional().describe("how units are on the wire"),
  discovery: z
    .union([z.literal(false), discoverySchema])
    .optional()
    .describe("the discovery server that lists all OPC UA servers, or false"),
  ports: z
    .enum(["fixed", "auto"])
    .optional()
    .describe(
      "auto: everything that listens takes a port that is free, whatever is written, and says which (default fixed)",
    ),
  north: northSchema.optional().describe("where messages arrive behind the system under test"),
  sut: sutSchema
    .optional()
    .describe("the system under test: its start, its readiness, what of the run counts"),
  gateway: gatewaySchema.optional().describe("the embedded MQTT-SN gateway and its broker"),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type MqttSnSettings = z.infer<typeof mqttsnSchema>;

/** JSON Schema of scenario files, for editors. */
export function scenarioJsonSchema(): unknown {
  return z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any" });
}
