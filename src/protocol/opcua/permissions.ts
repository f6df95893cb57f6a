/**
 * Who may do what with a unit's nodes: an observer reads, an operator commands, an engineer writes.
 *
 * A role includes the ones before it, and a session has all roles that its own includes; so a node names for each
 * permission the lowest role that has it. Nodes without permissions of their own have those of their namespace, for
 * which the library searches by browse names, at each sample: a third of what 300 servers under load computed.
 * So what clients sample gets its own.
 */
import { AccessRestrictionsFlag, NodeId, NodeIdType, PermissionFlag, WellKnownRoles } from "node-opcua";
import type { BaseNode, Namespace, RolePermissionTypeOptions, UAMethod, UAVariable } from "node-opcua";

/** From the one that may least; each may also what those before it may. */
export const ROLES = ["observer", "operator", "engineer"] as const;
export type Role = (typeof ROLES)[number];

/** OPC 10000-3, well-known roles; made once, since the library asks at each sample of each session. */
const ROLE_IDS: Readonly<Record<Role, NodeId>> = {
  observer: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Observer),
  operator: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Operator),
  engineer: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Engineer),
};

/** The library's roles of a user with this role. */
export const roleIds = (role: Role): NodeId[] =>
  ROLES.slice(0, ROLES.indexOf(role) + 1).map((it) => ROLE_IDS[it]);

const grant = (role: Role, permissions: PermissionFlag): RolePermissionTypeOptions => ({
  roleId: ROLE_IDS[role],
  // The same bits under two names
  permissions: permissions as number,
});

const READING = grant(
  "observer",
  PermissionFlag.Browse | PermissionFlag.Read | PermissionFlag.ReadHistory | PermissionFlag.ReceiveEvents,
);
const CALLING = grant("operator", PermissionFlag.Call);
const WRITING = grant("engineer", PermissionFlag.Write);

const READERS = [READING];
const WRITERS = [READING, WRITING];
const CALLERS = [READING, CALLING];

/** Every user reads it and its history; a write ends with BadUserAccessDenied, whatever the access level says. */
export const permitReading = (variable: UAVariable): void => permit(variable, READERS);

/** Every user reads it, an engineer writes; its access level has to allow writing too. */
export const permitWriting = (variable: UAVariable): void => permit(variable, WRITERS);

/** Every user sees it, an operator or engineer calls it; for others the call ends with BadUserAccessDenied. */
export const permitCalling = (method: UAMethod): void => permit(method, CALLERS);

/** What the nodes of a namespace that have no permissions of their own are for. */
export function permitByDefault(namespace: Namespace): void {
  namespace.setDefaultRolePermissions([READING, CALLING, WRITING]);
}

/** The library's copies of these permissions, which thousands of nodes share: nobody changes one. */
const held = new Map<readonly RolePermissionTypeOptions[], unknown>();

function permit(node: BaseNode, permissions: readonly RolePermissionTypeOptions[]): void {
  node.setAccessRestrictions(AccessRestrictionsFlag.None);
  const copies = held.get(permissions);
  if (copies) {
    Object.assign(node, { _rolePermissions: copies });
    return;
  }
  node.setRolePermissions([...permissions]);
  held.set(permissions, node.rolePermissions);
}
