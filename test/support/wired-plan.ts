import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario, type Plan } from "../../src/scenario/plan.ts";
import { freeTcpPort, freeUdpPort } from "./free-ports.ts";

interface Wired {
  /** Settings of OPC UA and MQTT-SN, as a scenario writes them; false for none. */
  readonly opcua?: string;
  readonly mqttsn?: string;
  /** Lines below `faults:` */
  readonly faults?: string;
}

export interface WiredPlan {
  readonly plan: Plan;
  /** Of the first unit's server; the second one's is the next. */
  readonly opcuaPort: number;
  readonly gatewayPort: number;
  readonly brokerPort: number;
}

/** Two machines, cnc-01 and cnc-02, on ports that are free. */
export async function wiredPlan({ opcua = "{}", mqttsn = "{}", faults }: Wired = {}): Promise<WiredPlan> {
  const [opcuaPort, brokerPort, gatewayPort] = [
    await freeTcpPort(2),
    await freeTcpPort(),
    await freeUdpPort(),
  ];
  const withPort = opcua === "false" ? opcua : opcua.replace("{", `{ port: ${opcuaPort}, `);
  const text = `taktwerk: 1
name: plant
fleet:
  - group: hall
    units:
      - { model: cnc/vmc-3axis-15kw, count: 2, name: "cnc-{n:02}", program: programs/bracket-al }
discovery: false
endpoints: { opcua: ${withPort.replace(", }", " }")}, mqttsn: ${mqttsn} }
gateway: { port: ${gatewayPort}, broker-port: ${brokerPort} }
${faults === undefined ? "" : `faults:\n${faults}\n`}`;
  return { plan: planScenario("plant.yaml", text, loadCatalog(), {}), opcuaPort, gatewayPort, brokerPort };
}
