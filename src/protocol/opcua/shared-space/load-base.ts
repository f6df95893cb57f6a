/** Loads the nodesets into a base and prepares it, so that nothing has to be written to a shared node later. */
import {
  AttributeIds,
  BrowseDirection,
  NodeClass,
  PermissionFlag,
  WellKnownRoles,
  ensureDatatypeExtracted,
  generateAddressSpace,
  resolveNodeId,
  sameNodeId,
} from "node-opcua";
import type { BaseNode, RolePermissionType, UADataType, UAObjectType, UAVariable } from "node-opcua";

import { prepareLibrary, prepareSpace } from "../library-mends.ts";
import { createSpace, missingInternals, recordOf, type Space } from "./internals.ts";
import { SharedBase } from "./shared-base.ts";

/** Types that the library's engine instantiates for sessions and subscriptions without naming a parent. */
const ENGINE_TYPES = [
  "SubscriptionDiagnosticsType",
  "SessionDiagnosticsVariableType",
  "SessionSecurityDiagnosticsType",
  "SubscriptionDiagnosticsArrayType",
  "SessionDiagnosticsObjectType",
];

/** ProgramStateMachineType's ProgramDiagnostics: each server's engine sets a value on the declaration. */
const ENGINE_DECLARATION = "i=2399";

/** @throws Error that names what the library lacks */
export async function loadBase(nodesets: readonly string[]): Promise<SharedBase> {
  prepareLibrary();
  const space = createSpace();
  space.registerNamespace("urn:taktwerk:shared-base"); // index 1 is each server's own
  await generateAddressSpace(space, [...nodesets]);
  await ensureDatatypeExtracted(space);
  const missing = missingInternals(space);
  if (missing.length > 0) throw new Error(`node-opcua has no ${missing.join(", ")}`);
  prepareSpace(space);
  prepareTypes(space);
  restrictAuditEvents(space);
  const base = new SharedBase(space);
  const privateNodes = findPrivateNodes(base);
  resolveMemos(base);
  base.freeze(privateNodes);
  return base;
}

/** What the library does to type nodes while a server is built and used. */
function prepareTypes(space: Space): void {
  // The first promoteToStateMachine adds this reference.
  const machine = space.findObjectType("FiniteStateMachineType")!;
  const event = space.findObjectType("TransitionEventType")!;
  const isPresent = machine
    .findReferencesEx("GeneratesEvent")
    .some(({ nodeId }) => sameNodeId(nodeId, event.nodeId));
  if (!isPresent) machine.addReference({ referenceType: "GeneratesEvent", nodeId: event });
}

/**
 * Only SecurityAdmin receives audit events: what the library's engine writes to the types when a server starts,
 * unless `auditEventRoles: null` tells it to leave them alone, as a server with shared types has to.
 * See node-opcua-server, audit_event_permissions.
 */
function restrictAuditEvents(space: Space): void {
  const admin = resolveNodeId(WellKnownRoles.SecurityAdmin);
  const readable = {
    roleId: resolveNodeId(WellKnownRoles.Anonymous),
    permissions: PermissionFlag.Browse | PermissionFlag.Read,
  };
  const restrict = (type: BaseNode): void => {
    const declared = (type.rolePermissions as RolePermissionType[] | undefined) ?? [readable];
    const permissions = declared.map(({ roleId, permissions }) => ({
      roleId,
      permissions: permissions & ~PermissionFlag.ReceiveEvents,
    }));
    const own = permissions.find(({ roleId }) => sameNodeId(resolveNodeId(roleId), admin));
    if (own) own.permissions |= PermissionFlag.ReceiveEvents;
    else
      permissions.push({ roleId: admin, permissions: readable.permissions | PermissionFlag.ReceiveEvents });
    type.setRolePermissions(permissions);
    for (const subtype of type.findReferencesExAsObject("HasSubtype", BrowseDirection.Forward))
      restrict(subtype);
  };
  restrict(space.findNode("AuditEventType")!);
}

/** The nodes that each server has a copy of its own of. */
function findPrivateNodes(base: SharedBase): Set<BaseNode> {
  const { space } = base;
  const found = new Set<BaseNode>();
  const walk = (node: BaseNode): void => {
    if (found.has(node)) return;
    found.add(node);
    for (const child of node.findReferencesExAsObject("HierarchicalReferences", BrowseDirection.Forward)) {
      if ([NodeClass.Object, NodeClass.Variable, NodeClass.Method].includes(child.nodeClass)) walk(child);
    }
  };
  found.add(space.findNode("i=84")!); // Root, but not the Types folder below it
  walk(space.findNode("i=85")!); // Objects
  walk(space.findNode("i=87")!); // Views
  walk(space.findNode(ENGINE_DECLARATION)!);
  for (const name of ENGINE_TYPES) {
    found.add((space.findObjectType(name) ?? space.findVariableType(name))!);
  }
  // A server may bind a handler to the Method of a type.
  for (const node of base.nodes()) if (node.nodeClass === NodeClass.Method) found.add(node);
  return found;
}

/** What the library keeps in fields of the node itself once it was asked for. */
function fillFields(space: Space, node: BaseNode): void {
  if (node.nodeClass === NodeClass.Variable || node.nodeClass === NodeClass.VariableType) {
    (node as UAVariable).getBasicDataType();
  }
  if (node.nodeClass === NodeClass.DataType) {
    const type = node as UADataType;
    type.readAttribute(null, AttributeIds.DataTypeDefinition);
    const isConcrete = !type.isAbstract && type.isSubtypeOf(space.findDataType("Structure")!);
    if (isConcrete) space.getExtensionObjectConstructor(type);
  }
}

/**
 * Fills every memo that a node keeps of other nodes while only the base's can be found: filled later, when a type
 * is instantiated for a server, it would hold that server's nodes for ever.
 */
function resolveMemos(base: SharedBase): void {
  for (const node of base.nodes()) {
    const { _referenceIdx, _back_referenceIdx } = recordOf(node);
    for (const references of [_referenceIdx, _back_referenceIdx]) {
      for (const reference of references.values()) {
        reference.node = base.space.findNode(reference.nodeId) ?? undefined;
        reference._referenceType = base.space.findReferenceType(reference.referenceType) ?? undefined;
      }
    }
  }
  for (const node of base.nodes()) {
    void (node as UAVariable).parent;
    switch (node.nodeClass) {
      case NodeClass.Object:
      case NodeClass.Variable:
        void (node as UAVariable).typeDefinitionObj;
        break;
      case NodeClass.ObjectType:
      case NodeClass.VariableType:
      case NodeClass.DataType:
      case NodeClass.ReferenceType:
        void (node as UADataType | UAObjectType).subtypeOfObj;
    }
    fillFields(base.space, node);
  }
}
