/** What a scenario or a group of it can say about OPC UA servers. */
import { z } from "zod";
import { duration } from "./duration-schema.ts";
import { parseDuration } from "./duration.ts";
import { host, port } from "./host-schema.ts";

const addressTemplate = z
  .string()
  .regex(/^([A-Za-z0-9.:-]|\{n\})+$/)
  .meta({ examples: ["127.0.0.1", "127.0.1.{n}"] });
const hostTemplate = z
  .string()
  .regex(/^([A-Za-z0-9.:-]|\{n\}|\{name\})+$/)
  .meta({ examples: ["plant.example", "{name}.plant.example"] });

export const SECURITY_POLICIES = [
  "none",
  "Basic256Sha256/Sign",
  "Basic256Sha256/SignAndEncrypt",
  "Aes128_Sha256_RsaOaep/Sign",
  "Aes128_Sha256_RsaOaep/SignAndEncrypt",
  "Aes256_Sha256_RsaPss/Sign",
  "Aes256_Sha256_RsaPss/SignAndEncrypt",
] as const;

/** Each may also what those before it may. */
const role = z.enum(["observer", "operator", "engineer"]);

const userSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[^\p{C}]{1,64}$/u)
    .meta({ examples: ["olga"] })
    .optional()
    .describe("user name, for one who has a password"),
  password: z
    .string()
    .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|scrypt:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+)$/)
    // The word for what is not to be shown to anybody
    .meta({ examples: ["env:OLGA_PASSWORD"], writeOnly: true })
    .optional()
    .describe("an environment variable that holds it, or what `taktwerk pki hash` made of it; never itself"),
  certificate: z
    .string()
    .min(1)
    .meta({ examples: ["users/anna.pem"] })
    .optional()
    .describe("certificate file of a user without a password, from the scenario's folder"),
  role: role.describe("observer reads, operator also commands, engineer also writes"),
});

const most = z.int().min(1).max(1_000_000).optional();

/** Names and meanings are those of ServerCapabilities, OPC 10000-5. */
const limitsSchema = z.strictObject({
  sessions: most.describe("at a time (default 100)"),
  subscriptions: most.describe("of all sessions (default 1000)"),
  "subscriptions-per-session": most.describe("of one session (default 20)"),
  "monitored-items": most.describe("of all subscriptions (default 100000)"),
  "monitored-items-per-subscription": most.describe("of one subscription (default 20000)"),
  "queue-size": most.describe("values that a monitored item keeps (default 1000)"),
  "nodes-per-read": most.describe("of one request (default 10000)"),
  "nodes-per-write": most.describe("of one request (default 10000)"),
  "nodes-per-browse": most.describe("of one request (default 10000)"),
  "methods-per-call": most.describe("of one request (default 1000)"),
  "monitored-items-per-call": most.describe("of one request (default 2000)"),
});

/** A machine keeps every change of this span in memory. */
const HISTORY_MAX_S = 3600;

export const opcuaSchema = z.strictObject({
  port: port
    .optional()
    .describe("port of the first unit; the others count up by their index (default 24841, one for all 4840)"),
  bind: addressTemplate
    .optional()
    .describe(
      "address to listen on (default 127.0.0.1); with {n}, units have one each and the port in common",
    ),
  advertise: z
    .union([hostTemplate, z.array(hostTemplate).min(1)])
    .optional()
    .describe("host names in certificates, the first in endpoint URLs (default: bind)"),
  mode: z
    .enum(["per-unit", "aggregated"])
    .optional()
    .describe("a server a unit (default), or one for all units of a host process"),
  security: z
    .array(z.enum(SECURITY_POLICIES))
    .min(1)
    .meta({ examples: [["none", "Basic256Sha256/SignAndEncrypt"]] })
    .optional()
    .describe("endpoints that every server offers"),
  anonymous: z
    .union([role, z.literal(false)])
    .optional()
    .describe("what a client without a user may do, or false (default observer: read)"),
  users: z.array(userSchema).optional().describe("who can log in"),
  trust: z
    .enum(["list", "all"])
    .optional()
    .describe("which clients may use security: those `taktwerk pki trust` let in (default list), or all"),
  nodesets: z
    .array(z.string().min(1))
    .meta({ examples: [["nodesets"]] })
    .optional()
    .describe("folders with nodesets in XML that servers load too, from the scenario's folder"),
  limits: limitsSchema.optional().describe("what a server does for its clients at most"),
  history: duration
    .refine((text) => (parseDuration(text) ?? 0) <= HISTORY_MAX_S, "it is at most 1h")
    .meta({ examples: ["10m", "1h"] })
    .optional()
    .describe("how far back clients may ask for a signal's past (default 10m)"),
  keys: z.enum(["own", "shared"]).optional().describe("a key a unit, or one for all (default own)"),
  insecure: z.boolean().optional().describe("allow a network address without security"),
});

const LDS_URL = /^opc\.tcp:\/\/[A-Za-z0-9.-]+(:[1-9]\d{0,4})?(\/\S*)?$/;

export const discoverySchema = z.strictObject({
  port: port.optional().describe("port of the discovery server (default 24840)"),
  bind: host.optional().describe("address to listen on (default 127.0.0.1)"),
  advertise: host.optional().describe("host name in its endpoint URL (default: bind)"),
  register: z
    .string()
    .regex(LDS_URL)
    .meta({ examples: ["opc.tcp://lds.example:4840"] })
    .optional()
    .describe("another discovery server that every server registers with"),
});

export type OpcUaSettings = z.infer<typeof opcuaSchema>;
export type LimitSettings = z.infer<typeof limitsSchema>;
export type UserSettings = z.infer<typeof userSchema>;
