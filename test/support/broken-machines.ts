/**
 * A server whose machines are broken on purpose, each in one way, for tests of the instance checker; made with the
 * library alone below the machines' own map file.
 */
import { DataValue, MessageSecurityMode, OPCUAServer, SecurityPolicy, StatusCodes } from "node-opcua";
import type { AddressSpace, UAObject, UAVariable, VariantOptions } from "node-opcua";

import { Pki } from "../../src/protocol/opcua/certificates.ts";
import { NODESETS, UNIT_NAMESPACE } from "../../src/protocol/opcua/information-model.ts";
import { prepareLibrary, prepareSpace } from "../../src/protocol/opcua/library-mends.ts";
import { addMachineTool } from "../../src/protocol/opcua/machine-tool.ts";
import { roleIds } from "../../src/protocol/opcua/permissions.ts";
import { addSignals } from "../../src/protocol/opcua/signal-variables.ts";
import { UnitNodes } from "../../src/protocol/opcua/unit-nodes.ts";
import { emitAll, smallCnc } from "./fake-cnc.ts";
import { FakePlant } from "./fake-plant.ts";

/** From now on a Variable has this value; the library would not let it have one that is not of its type. */
export function answer(variable: UAVariable, value: VariantOptions, statusCode = StatusCodes.Good): void {
  const shown = new DataValue({ value, statusCode, sourceTimestamp: new Date() });
  Object.assign(variable, { readValue: () => shown, readValueAsync: async () => shown });
}

/** A machine and what can be done to it; paths are browse names without namespaces, from the machine. */
export class BreakableMachine {
  readonly nodes: UnitNodes;
  readonly machine: UAObject;

  constructor(nodes: UnitNodes) {
    this.nodes = nodes;
    this.machine = addMachineTool(nodes).machine;
    addSignals(nodes, nodes.object(this.machine, "Monitoring"));
  }

  object(path: string): UAObject {
    return path === "" ? this.machine : this.nodes.object(this.machine, path);
  }

  variable(path: string): UAVariable {
    return this.nodes.variable(this.machine, path);
  }

  remove(path: string): void {
    this.nodes.space.deleteNode(this.object(path));
  }

  show(path: string, value: VariantOptions, statusCode = StatusCodes.Good): void {
    answer(this.variable(path), value, statusCode);
  }

  index(namespaceUri: string): number {
    return this.nodes.space.getNamespaceIndex(namespaceUri);
  }
}

/**
 * @param names     one machine each, with every signal of a CNC machine and values of one that cuts
 * @param breakIt   is called for each machine before the server starts
 */
export async function startBrokenServer(
  pkiFolder: string,
  names: readonly string[],
  breakIt: (machine: BreakableMachine, name: string) => void,
): Promise<{ server: OPCUAServer; space: AddressSpace; url: string }> {
  prepareLibrary();
  const pki = await Pki.open(pkiFolder, "all");
  const [unit, applicationUri, host] = ["broken", "urn:test:broken", "127.0.0.1"];
  const server = new OPCUAServer({
    port: 0,
    host,
    hostname: host,
    resourcePath: "",
    nodesets: [...NODESETS],
    serverCertificateManager: pki.clients,
    userCertificateManager: pki.clients,
    ...(await pki.certificate({ unit, applicationUri, hosts: [host] }, "shared")),
    securityPolicies: [SecurityPolicy.None],
    securityModes: [MessageSecurityMode.None],
    serverInfo: { applicationUri },
    serverCapabilities: { operationLimits: { maxNodesPerRead: 90, maxNodesPerBrowse: 70 } },
  });
  server.setRolePolicyOverride({ getUserRoles: () => roleIds("observer") });
  await server.initialize();
  const space = server.engine.addressSpace as AddressSpace;
  prepareSpace(space);
  const namespace = space.registerNamespace(UNIT_NAMESPACE);
  const plant = new FakePlant(names.map((name, i) => ({ ...smallCnc(name, i), jobs: undefined })));
  for (const unit of plant.units) {
    emitAll(plant, unit.name);
    const machine = new BreakableMachine(new UnitNodes(space, namespace, unit, plant));
    breakIt(machine, unit.name);
  }
  await server.start();
  return { server, space, url: `opc.tcp://${host}:${server.endpoints[0]!.port}` };
}
