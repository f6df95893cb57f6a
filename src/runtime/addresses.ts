import type { GatewayAddress } from "../protocol/mqttsn/device-options.ts";
import type { Plan } from "../scenario/plan.ts";
import { hostInUrl, type EmbeddedGateway } from "./embedded-gateway.ts";

/** Where a run is on the wire; what is not there is left out. Programs that the run starts read it as JSON. */
export interface Addresses {
  /** "opc.tcp://127.0.0.1:24840" */
  readonly discovery?: string;
  /** URL of the server that a unit is on, by unit */
  readonly opcua: Readonly<Record<string, string>>;
  /** That devices publish to, each once, the embedded one first; without those that are searched for */
  readonly gateways: readonly GatewayAddress[];
  /** "mqtt://127.0.0.1:21883", behind the embedded gateway */
  readonly broker?: string;
  /** Where messages are awaited behind the system under test */
  readonly north?: string;
}

/** "udp://127.0.0.1:21884" */
export const urlOf = ({ host, port }: GatewayAddress): string => `udp://${hostInUrl(host)}:${port}`;

/**
 * @param opcua    as it is in the end
 * @param gateway  of the run, which has started
 */
export function addressesOf(
  { units, north }: Plan,
  opcua: Addresses["opcua"],
  discovery: string | undefined,
  gateway: EmbeddedGateway | undefined,
): Addresses {
  const used = [
    ...(gateway ? [gateway.address] : []),
    ...units.flatMap(({ mqttsn }) => mqttsn?.gateways ?? []),
  ];
  const gateways = new Map(used.map((it) => [urlOf(it), it]));
  const listening = north && (north.broker ?? gateway?.broker);
  return {
    ...(discovery === undefined ? {} : { discovery }),
    opcua,
    gateways: [...gateways.values()],
    ...(gateway ? { broker: gateway.broker } : {}),
    ...(listening === undefined ? {} : { north: listening }),
  };
}
