import { AddressSpace, AnonymousIdentityToken, PermissionType, SessionContext } from "node-opcua";
import type { BaseNode, ISessionBase, UAMethod, UAVariable } from "node-opcua";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  ROLES,
  permitByDefault,
  permitCalling,
  permitReading,
  permitWriting,
  roleIds,
  type Role,
} from "../../../src/protocol/opcua/permissions.ts";
import { nodesetSpace } from "../../support/opcua-space.ts";

let space: AddressSpace;
const nodes: Record<string, BaseNode> = {};

beforeAll(async () => {
  space = await nodesetSpace();
  const namespace = space.registerNamespace("urn:test:unit");
  permitByDefault(namespace);
  const machine = namespace.addObject({ browseName: "machine", organizedBy: "ObjectsFolder" });
  const variable = (browseName: string): UAVariable =>
    namespace.addVariable({ browseName, componentOf: machine, dataType: "Double" });
  const method = (browseName: string): UAMethod =>
    namespace.addMethod(machine, { browseName, inputArguments: [], outputArguments: [] });
  permitReading((nodes["signal"] = variable("signal")) as UAVariable);
  permitWriting((nodes["setting"] = variable("setting")) as UAVariable);
  permitCalling((nodes["start"] = method("start")) as UAMethod);
  nodes["stop"] = method("stop");
  nodes["machine"] = machine;
});
afterAll(() => space.dispose());

/** What a session with this role, or one without any, may do with a node. */
function allowed(role: Role | undefined, node: string): string[] {
  const session = { userIdentityToken: new AnonymousIdentityToken() } as unknown as ISessionBase;
  const rolePolicyOverride = role && { getUserRoles: () => roleIds(role) };
  const context = new SessionContext({ session, server: rolePolicyOverride ? { rolePolicyOverride } : {} });
  const asked = { read: PermissionType.Read, write: PermissionType.Write, call: PermissionType.Call };
  return Object.entries(asked).flatMap(([name, bit]) =>
    context.checkPermission(nodes[node]!, bit) ? [name] : [],
  );
}

describe("what a role may do", () => {
  test.each<[string, ...string[][]]>([
    ["signal", ["read"], ["read"], ["read"]],
    ["setting", ["read"], ["read"], ["read", "write"]],
    ["start", ["read"], ["read", "call"], ["read", "call"]],
    ["stop", ["read"], ["read", "call"], ["read", "write", "call"]],
    ["machine", ["read"], ["read", "call"], ["read", "write", "call"]],
  ])("with %s", (node, ...expected) => {
    expect(ROLES.map((role) => allowed(role, node))).toEqual(expected);
  });

  test("is nothing without a role", () => {
    for (const node of Object.keys(nodes)) expect(allowed(undefined, node)).toEqual([]);
  });
});
