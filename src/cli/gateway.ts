import { CodedError, EXIT } from "../errors.ts";
import { formatGateway } from "../report/console.ts";
import { EmbeddedGateway, isBrokerUrl } from "../runtime/embedded-gateway.ts";
import { readText } from "../runtime/files.ts";
import { isLoopback } from "../scenario/endpoint-checks.ts";
import { ENDPOINT_DEFAULTS, type GatewayPlan } from "../scenario/endpoints.ts";
import { parsePredefined } from "../scenario/predefined-topics.ts";
import { say } from "./session.ts";

/** Options of `taktwerk gateway`; a list where one was written twice. */
export interface GatewayArguments {
  readonly listen?: string | readonly string[] | undefined;
  readonly broker?: string | readonly string[] | undefined;
  readonly "broker-port"?: string | readonly string[] | undefined;
  readonly mqtt?: string | readonly string[] | undefined;
  readonly predefined?: string | readonly string[] | undefined;
  readonly advertise?: string | readonly string[] | undefined;
  readonly "max-clients"?: string | readonly string[] | undefined;
  readonly insecure?: boolean | undefined;
}

const STATUS_EVERY_MS = 5000;
/** Of the way from a signal to the end. */
const STOP_DEADLINE_MS = 1500;
const MAX_CLIENTS = 20_000;
const LAST_PORT = 65_535;

/** Runs the gateway until Ctrl-C and says every few seconds how it is. @returns the exit code */
export async function gateway(args: GatewayArguments): Promise<number> {
  const { plan, maxClients } = parse(args);
  const running = new EmbeddedGateway(plan, maxClients, say);
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    // A reader that closes the pipe, such as `head`, has seen enough.
    process.stdout.once("error", () => resolve());
  });
  const show = (): void => {
    const counts = running.counts();
    if (counts) say(formatGateway(counts));
  };
  // A broker that takes its time must not keep Ctrl-C from ending it.
  const started = running.start();
  const timer = setInterval(show, STATUS_EVERY_MS);
  try {
    await Promise.race([started, ended]);
    await ended;
  } finally {
    clearInterval(timer);
  }
  show();
  started.catch(() => undefined);
  const deadline = setTimeout(() => process.exit(EXIT.interrupted), STOP_DEADLINE_MS);
  await running.stop();
  clearTimeout(deadline);
  return EXIT.interrupted;
}

/** @throws CodedError `invalid-option`, `insecure-bind`, and what is wrong with a file */
function parse(args: GatewayArguments): { plan: GatewayPlan; maxClients: number } {
  const { gatewayPort, brokerPort, bind } = ENDPOINT_DEFAULTS;
  const listen = single("listen", args.listen) ?? `udp://${bind}:${gatewayPort}`;
  const [host, port] = address("listen", listen, /^(?:udp:\/\/)?(.+):(\d+)$/, "udp://127.0.0.1:1884");
  const broker = single("broker", args.broker) ?? "embedded";
  if (broker !== "embedded" && !isBrokerUrl(broker)) {
    throw unfit("broker", broker, "Write mqtt://127.0.0.1:1883, mqtts://…, or embedded.");
  }
  const mqtt = single("mqtt", args.mqtt) ?? "3.1.1";
  if (mqtt !== "3.1.1" && mqtt !== "5") throw unfit("mqtt", mqtt, "Write 3.1.1 or 5.");
  if (!isLoopback(host) && args.insecure !== true) {
    const what = `the MQTT-SN gateway would listen on ${host}, which others can reach`;
    const fix = "It knows no security. If everybody on that network may use it, add --insecure.";
    throw new CodedError("insecure-bind", what, fix);
  }
  const advertise = single("advertise", args.advertise);
  const group = advertise && address("advertise", advertise, /^(\d+(?:\.\d+){3}):(\d+)$/, "239.255.0.1:1883");
  const predefined = single("predefined", args.predefined);
  const plan: GatewayPlan = {
    bind: host,
    port,
    brokerUrl: broker === "embedded" ? undefined : broker,
    brokerPort: number("broker-port", single("broker-port", args["broker-port"]), brokerPort, LAST_PORT),
    mqttVersion: mqtt === "5" ? 5 : 4,
    predefinedTopics:
      predefined === undefined ? new Map() : parsePredefined(predefined, readText(predefined)),
    beacon: group ? { group: group[0], port: group[1], every_s: ENDPOINT_DEFAULTS.advertise_s } : undefined,
    place: { file: "--listen" },
  };
  return {
    plan,
    maxClients: number("max-clients", single("max-clients", args["max-clients"]), MAX_CLIENTS, 1e6),
  };
}

function single(option: string, value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  const fix = "Leave it away, or give it once with a value.";
  throw new CodedError("invalid-option", `--${option} is given more than once`, fix);
}

function address(
  option: string,
  text: string,
  pattern: RegExp,
  example: string,
): [host: string, port: number] {
  const [, host = "", port = ""] = pattern.exec(text) ?? [];
  if (host === "" || !(Number(port) >= 1 && Number(port) <= LAST_PORT)) {
    throw unfit(option, text, `Write ${example}.`);
  }
  return [host.replace(/^\[(.*)\]$/, "$1"), Number(port)];
}

function number(option: string, text: string | undefined, preset: number, max: number): number {
  if (text === undefined) return preset;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw unfit(option, text, `Write a whole number from 1 to ${max}.`);
}

const unfit = (option: string, value: string, fix: string): CodedError =>
  new CodedError("invalid-option", `--${option} cannot be ${JSON.stringify(value)}`, fix);
