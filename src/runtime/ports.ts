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

const LAST_PORT = 65_535;

/** Ports that a search for a free one looks at before it gives up. */
const SEARCH_SPAN = 500;

/**
 * Holds the ports that a plan wants against those that are free, before anything starts.
 *
 * @param move  instead of failing, take the next free ports and say so
 * @returns the plan, with other ports where some were taken
 * @throws CodedError `port-in-use`, `bind-failed`
 */
export async function claimPorts(plan: Plan, move: boolean, log: (line: string) => void): Promise<Plan> {
  const taken = new Set<string>();
  const claim = async (wanted: Wanted): Promise<number> => {
    const end = Math.min(wanted.port + SEARCH_SPAN, LAST_PORT + 1);
    for (let port = wanted.port; port < end; port++) {
      const key = `${wanted.transport} ${wanted.host} ${port}`;
      const code = taken.has(key) ? "EADDRINUSE" : await tryPort({ ...wanted, port });
      if (code === undefined) {
        taken.add(key);
        if (port !== wanted.port) log(`port ${wanted.port} of the ${wanted.what} is taken: ${port} instead`);
        return port;
      }
      if (code !== "EADDRINUSE" || !move) throw refusal({ ...wanted, port }, code);
    }
    throw refusal(wanted, "EADDRINUSE");
  };
  let { gateway } = plan;
  if (gateway) {
    const { bind: host, port, brokerPort, place } = gateway;
    const free = await claim({ transport: "udp", host, port, what: "MQTT-SN gateway", place });
    gateway = { ...gateway, port: free };
    if (gateway.brokerUrl === undefined) {
      const wanted = { transport: "tcp", host, port: brokerPort, what: "MQTT broker", place } as const;
      gateway = { ...gateway, brokerPort: await claim(wanted) };
    }
  }
  let { discovery } = plan;
  if (discovery) {
    const { bind: host, port, place } = discovery;
    const what = "OPC UA discovery server";
    discovery = { ...discovery, port: await claim({ transport: "tcp", host, port, what, place }) };
  }
  const units = [];
  for (const unit of plan.units) {
    if (!unit.opcua) units.push(unit);
    else {
      const { bind: host, port } = unit.opcua;
      const what = `OPC UA server of ${unit.name}`;
      const free = await claim({ transport: "tcp", host, port, what, place: unit.place });
      units.push({ ...unit, opcua: { ...unit.opcua, port: free } });
    }
  }
  return { ...plan, gateway, discovery, units };
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
    const fix = "Stop the program that has it, or give the scenario another port.";
    return new CodedError("port-in-use", `${where}, wanted by the ${what}, is in use`, fix, place);
  }
  const fix = "Name an address of this machine and a port above 1023.";
  const problem = `${where}, wanted by the ${what}, cannot be bound (${code})`;
  return new CodedError("bind-failed", problem, fix, place);
}
