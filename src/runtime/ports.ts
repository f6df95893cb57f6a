import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { CodedError, type SourcePlace } from "../errors.ts";
import type { Plan } from "../scenario/plan.ts";

type Transport = "tcp" | "udp";

interface Wanted {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  readonly what: string;
  /** Where the scenario asks for it. */
  readonly place: SourcePlace;
}

/**
 * Holds the ports that a plan wants against those that are free, before anything starts.
 *
 * @throws CodedError `port-in-use`, `bind-failed`
 */
export async function checkPorts(plan: Plan): Promise<void> {
  const [first] = await findTakenPorts(plan);
  if (first) throw first;
}

/** @returns what is wrong with each port that a plan wants and cannot have */
export async function findTakenPorts(plan: Plan): Promise<readonly CodedError[]> {
  const given = new Set<string>();
  const refusals: CodedError[] = [];
  for (const wanted of wantedBy(plan)) {
    const key = `${wanted.transport} ${wanted.host} ${wanted.port}`;
    const code = given.has(key) ? "EADDRINUSE" : await tryPort(wanted);
    given.add(key);
    if (code !== undefined) refusals.push(refusal(wanted, code));
  }
  return refusals;
}

/** What takes a free one wants none. */
function wantedBy({ gateway, discovery, units }: Plan): Wanted[] {
  const wanted: Wanted[] = [];
  if (gateway) {
    const { bind: host, port, brokerPort, brokerUrl, place } = gateway;
    wanted.push({ transport: "udp", host, port, what: "MQTT-SN gateway", place });
    const what = "MQTT broker";
    if (brokerUrl === undefined) wanted.push({ transport: "tcp", host, port: brokerPort, what, place });
  }
  if (discovery) {
    const { bind: host, port, place } = discovery;
    wanted.push({ transport: "tcp", host, port, what: "OPC UA discovery server", place });
  }
  for (const { name, opcua, place } of units) {
    if (!opcua) continue;
    const { bind: host, port } = opcua;
    wanted.push({ transport: "tcp", host, port, what: `OPC UA server of ${name}`, place });
  }
  return wanted.filter(({ port }) => port !== 0);
}

/** Undefined when the port can be bound, else the system's error code. */
function tryPort({ transport, host, port }: Wanted): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? "unknown");
    if (transport === "tcp") {
      const server = createServer().once("error", failed);
      server.listen(port, host, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket(host.includes(":") ? "udp6" : "udp4").once("error", (error) => {
        socket.close();
        failed(error);
      });
      socket.bind(port, host, () => socket.close(() => resolve(undefined)));
    }
  });
}

function refusal({ transport, host, port, what, place }: Wanted, code: string): CodedError {
  const where = `${transport.toUpperCase()} port ${port} on ${host}`;
  if (code === "EADDRINUSE") {
    const fix =
      "Stop the program that has it, give the scenario another port, or let it take free ones: --ports auto.";
    return new CodedError("port-in-use", `${where}, wanted by the ${what}, is in use`, fix, place);
  }
  const fix = "Name an address of this machine and a port above 1023.";
  const problem = `${where}, wanted by the ${what}, cannot be bound (${code})`;
  return new CodedError("bind-failed", problem, fix, place);
}
