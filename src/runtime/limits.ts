import { readFileSync } from "node:fs";
import { CodedError } from "../errors.ts";
import type { Plan } from "../scenario/plan.ts";
import { isBehindProxy } from "./opcua-servers.ts";

/** Files and sockets that the process has open for itself, with a reserve. */
const OWN_FILES = 64;
/** Clients that a unit's OPC UA server is likely to see at once. */
const CLIENTS_EXPECTED = 2;

/** How many files the process may have open; undefined where the system does not tell. */
export function fileDescriptorLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
    return soft === undefined ? undefined : soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    return undefined;
  }
}

/** How many a plan needs: listeners, clients, a socket a device, and the gateway's connection to a broker outside. */
export function fileDescriptorsNeeded(plan: Plan): number {
  let needed = OWN_FILES;
  for (const unit of plan.units) {
    // A proxy in front of a server has a listener and two sockets a client.
    if (unit.opcua) needed += (1 + CLIENTS_EXPECTED) * (isBehindProxy(unit) ? 3 : 1);
    if (!unit.mqttsn) continue;
    if (!unit.mqttsn.forwarder) needed += 1;
    if (unit.mqttsn.gateways.length === 0 && plan.gateway?.brokerUrl !== undefined) needed += 1;
  }
  return needed;
}

/** @throws CodedError `file-descriptors` when the plan needs more than the process may open */
export function checkFileDescriptors(plan: Plan, limit: number | undefined = fileDescriptorLimit()): void {
  const needed = fileDescriptorsNeeded(plan);
  if (limit === undefined || needed <= limit) return;
  const what = `the plant needs about ${needed} open files, this process may have ${limit}`;
  throw new CodedError("file-descriptors", what, `Set "ulimit -n ${needed}" first, or run fewer units.`);
}

/** Ports of one address that the system gives away unasked; undefined where it does not tell. */
export function ephemeralPorts(): number | undefined {
  try {
    const [first, last] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8")
      .trim()
      .split(/\s+/)
      .map(Number);
    return last! - first! + 1;
  } catch {
    return undefined;
  }
}

const LOOPBACK_V4 = /^127(\.\d{1,3}){3}$/;
/** Other programs need ports too. */
const PORTS_SHARE = 0.9;
/** 127.0.0.1 to 127.0.0.254 */
const SOURCES_MAX = 254;

/** Devices that one address of this machine has ports for. */
const roomOf = (ports: number | undefined): number => Math.floor((ports ?? Infinity) * PORTS_SHARE);

/** Whether all traffic of devices stays on IPv4 loopback, where a machine has as many addresses as it likes. */
function isOnLoopback({ units, gateway }: Plan): boolean {
  const hosts = units.flatMap(({ mqttsn }) => mqttsn?.gateways.map(({ host }) => host) ?? []);
  return [gateway?.bind ?? "127.0.0.1", ...hosts].every((host) => LOOPBACK_V4.test(host));
}

/** @throws CodedError `ephemeral-ports` when a plan has more devices than the machine has ports for */
export function checkEphemeralPorts(plan: Plan, ports: number | undefined = ephemeralPorts()): void {
  const devices = plan.units.filter(({ mqttsn }) => mqttsn && !mqttsn.forwarder).length;
  const room = roomOf(ports) * (isOnLoopback(plan) ? SOURCES_MAX : 1);
  if (devices <= room) return;
  const what = `${devices} MQTT-SN devices need a UDP port each, and this machine gives away about ${room}`;
  const fix =
    'Set sysctl -w net.ipv4.ip_local_port_range="10000 65535" first, write forwarder: true, or run fewer units.';
  throw new CodedError("ephemeral-ports", what, fix);
}

/**
 * The address that a device with a socket of its own sends from; undefined lets the system choose. Each address has
 * one range of ports, so a fleet that needs more is spread over several of them.
 *
 * @param index  of the unit in the whole plan
 */
export function sourceAddress(
  plan: Plan,
  index: number,
  ports: number | undefined = ephemeralPorts(),
): string | undefined {
  const room = roomOf(ports);
  if (plan.unitsPlanned <= room || !isOnLoopback(plan)) return undefined;
  return `127.0.0.${1 + Math.floor(index / room)}`;
}
