/** A fleet on the wire as the command line starts it: where its servers are, and how they are found. */
import { ApplicationType, OPCUAClient, findServers, type ApplicationDescription } from "node-opcua";
import { afterAll, describe, expect, test } from "vitest";

import { Workspace, type Command } from "../support/cli.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());

interface Fleet {
  readonly command: Command;
  readonly discoveryUrl: string;
}

/** @param opcua  settings of the servers */
async function startFleet(opcua: string, count: number, ...args: string[]): Promise<Fleet> {
  const port = await freeTcpPort();
  const top = [
    `endpoints:\n  opcua: { security: [none], keys: shared, ${opcua} }\n  mqttsn: false`,
    `discovery: { port: ${port} }\n`,
  ];
  const units = UNIT.replace("name:", `count: ${count}, name:`);
  const command = workspace.start([
    "up",
    workspace.write("plant.yaml", scenarioText({ top: top.join("\n"), units })),
    ...args,
  ]);
  await command.line(/units run/);
  return { command, discoveryUrl: `opc.tcp://127.0.0.1:${port}` };
}

async function end({ command }: Fleet): Promise<void> {
  command.signal("SIGINT");
  await command.ended;
}

/** What a client that knows the discovery server alone comes to: names, and URLs that answer. */
async function find({ discoveryUrl }: Fleet): Promise<Record<string, string[]>> {
  const { servers } = await findServers(discoveryUrl);
  const found: Record<string, string[]> = {};
  for (const { applicationName, discoveryUrls, applicationType } of servers as ApplicationDescription[]) {
    if (applicationType === ApplicationType.DiscoveryServer) continue;
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(discoveryUrls![0]!);
    const endpoints = await client.getEndpoints();
    await client.disconnect();
    found[applicationName.text!] = endpoints.map(({ endpointUrl }) => endpointUrl!);
  }
  return found;
}

/** Names of what is under Machines. */
async function machines(url: string): Promise<string[]> {
  const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
  await client.connect(url);
  const session = await client.createSession();
  const namespaces = await session.readNamespaceArray();
  const index = namespaces.indexOf("http://opcfoundation.org/UA/Machinery/");
  const { references } = await session.browse(`ns=${index};i=1001`);
  await session.close();
  await client.disconnect();
  const unit = namespaces.indexOf("urn:taktwerk:unit");
  return (references ?? [])
    .filter(({ nodeId }) => nodeId.namespace === unit)
    .map(({ nodeId }) => String(nodeId.value));
}

describe("a fleet is found by its discovery server", () => {
  test("in all its processes, with a port a unit", async () => {
    const port = await freeTcpPort(3);
    const fleet = await startFleet(`port: ${port}`, 3, "--hosts", "2");
    const url = (i: number): string => `opc.tcp://127.0.0.1:${port + i}`;
    expect(await find(fleet)).toEqual({ "cnc-01": [url(0)], "cnc-02": [url(1)], "cnc-03": [url(2)] });
    expect(await machines(url(2))).toEqual(["cnc-03"]);
    await end(fleet);
  });

  test("with an address a unit, on one port", async () => {
    const port = await freeTcpPort();
    const fleet = await startFleet(`port: ${port}, bind: "127.0.77.{n}"`, 2);
    expect(await find(fleet)).toEqual({
      "cnc-01": [`opc.tcp://127.0.77.1:${port}`],
      "cnc-02": [`opc.tcp://127.0.77.2:${port}`],
    });
    await end(fleet);
  });

  test("as one server for all units of a process, with the nodes that they have alone", async () => {
    const port = await freeTcpPort(5);
    const fleet = await startFleet(`port: ${port}, mode: aggregated`, 5, "--hosts", "2");
    const [first, second] = [`opc.tcp://127.0.0.1:${port}`, `opc.tcp://127.0.0.1:${port + 1}`];
    expect(await find(fleet)).toEqual({ plant: [first], "plant-2": [second] });
    expect(await machines(first)).toEqual(["cnc-01", "cnc-03", "cnc-05"]);
    expect(await machines(second)).toEqual(["cnc-02", "cnc-04"]);
    await end(fleet);
  });
});
