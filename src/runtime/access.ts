/** What has to be there before OPC UA servers can open: users, keys and certificates, nodesets. */
import { CodedError } from "../errors.ts";
import { UserTable } from "../protocol/opcua/users.ts";
import type { PlannedUser } from "../scenario/opcua-plan.ts";
import type { Plan } from "../scenario/plan.ts";
import { PKI_FOLDER } from "./files.ts";
import type { ServerPlan } from "./opcua-servers.ts";

/** Certificates after whose making it is said how far it is: a few seconds' work. */
const CERTIFICATES_PROGRESS = 50;

const tables = new WeakMap<readonly PlannedUser[], UserTable>();

/**
 * The table of a group's users, one for all its units.
 *
 * @throws CodedError `user-unusable`, with the place in the scenario
 */
export function userTable(users: readonly PlannedUser[]): UserTable {
  let table = tables.get(users);
  if (!table) {
    // One by one first: the table itself does not know where they stand.
    for (const user of users) placed(user.place, () => new UserTable([user]));
    table = placed(users.at(-1)?.place, () => new UserTable(users));
    tables.set(users, table);
  }
  return table;
}

function placed<T>(place: PlannedUser["place"] | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError(error.code, error.message, error.fix, place, error);
  }
}

/** @throws CodedError `user-unusable` for a user of the plan that could never log in */
export function checkUsers(plan: Plan): void {
  for (const unit of plan.units) if (unit.opcua) userTable(unit.opcua.users);
}

/**
 * Makes the keys and certificates that servers lack, in this process, before its hosts open them: hosts
 * that wanted the fleet's authority at once would wait for each other.
 *
 * @throws CodedError `pki-unusable`
 */
export async function prepareCertificates(
  servers: readonly ServerPlan[],
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  if (servers.length === 0) return;
  // Nothing of the library is loaded for a run without servers.
  const { Pki } = await import("../protocol/opcua/certificates.ts");
  const { certificateRequest } = await import("../protocol/opcua/addresses.ts");
  const pki = await Pki.open(PKI_FOLDER, "list");
  let made = 0;
  const onMake = (): void => {
    if (made++ % CERTIFICATES_PROGRESS !== 0) return;
    log(`OPC UA: making certificate ${made} of at most ${servers.length} in ${PKI_FOLDER}`);
  };
  for (const keys of ["own", "shared"] as const) {
    const wanted = servers.filter((server) => server.opcua.keys === keys);
    const requests = wanted.map((server) => certificateRequest(server.name, server.opcua));
    await pki.certificates(requests, keys, signal, onMake);
  }
}

const files = new Map<string, Promise<readonly string[] | undefined>>();

/**
 * What servers with these folders of nodesets load, checked once a process; undefined for none of them.
 *
 * @throws CodedError `nodeset-unusable`
 */
export function nodesetsOf(folders: readonly string[]): Promise<readonly string[] | undefined> {
  const key = folders.join("\n");
  let list = files.get(key);
  if (!list) files.set(key, (list = findNodesets(folders)));
  return list;
}

async function findNodesets(folders: readonly string[]): Promise<readonly string[] | undefined> {
  if (folders.length === 0) return undefined;
  const { checkNodesets, nodesetFiles } = await import("../protocol/opcua/nodeset-files.ts");
  const found = nodesetFiles(folders);
  await checkNodesets(found);
  return found;
}

/** @throws CodedError `nodeset-unusable` for a nodeset of the plan that no server could load */
export async function checkPlannedNodesets(plan: Plan): Promise<void> {
  for (const unit of plan.units) if (unit.opcua) await nodesetsOf(unit.opcua.nodesets);
}
