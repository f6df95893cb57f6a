/** What the server says about itself: its namespaces and its profiles. */
import { DataType, VariantArrayType } from "node-opcua";

import type { Findings } from "./finding.ts";
import type { Snapshot } from "./snapshot.ts";
import { usableValue } from "./value-check.ts";
import { WELL_KNOWN } from "./well-known.ts";

const NAMESPACES = { path: "Server/Namespaces", id: WELL_KNOWN.namespaces } as const;
const PROFILES = {
  path: "Server/ServerCapabilities/ServerProfileArray",
  id: WELL_KNOWN.serverProfileArray,
} as const;
const PROFILE = "http://opcfoundation.org/UA-Profile/";
const COMPANION = "http://opcfoundation.org/";
/** The standard's own namespace and the server's, which has diagnostics. */
const OWN = 2;

/** A DateTime of 0, which stands for none. */
const NO_DATE_MS = Date.UTC(1601, 0, 1);

/** The server's table of namespaces, empty when it cannot be read. */
export async function readNamespaces(snapshot: Snapshot): Promise<readonly string[]> {
  await snapshot.loadValues([WELL_KNOWN.namespaceArray]);
  const value: unknown = usableValue(snapshot, WELL_KNOWN.namespaceArray)?.value;
  return Array.isArray(value) ? value.map(String) : [];
}

export async function checkServer(
  snapshot: Snapshot,
  namespaces: readonly string[],
  findings: Findings,
): Promise<void> {
  await snapshot.loadValues([WELL_KNOWN.serverProfileArray]);
  const profiles = usableValue(snapshot, WELL_KNOWN.serverProfileArray);
  if (profiles?.dataType !== DataType.String || profiles.arrayType !== VariantArrayType.Array)
    findings.add("profile-array", PROFILES, "cannot be read as an array of strings");
  else {
    for (const profile of profiles.value as readonly unknown[]) {
      if (!String(profile).startsWith(PROFILE))
        findings.add(
          "profile-unknown",
          PROFILES,
          `claims ${String(profile)}, which is no profile of the Foundation`,
        );
    }
  }

  await snapshot.loadForward([WELL_KNOWN.namespaces]);
  const entries = snapshot.children(WELL_KNOWN.namespaces);
  await snapshot.loadForward(entries.map(({ id }) => id));
  const property = (id: string, name: string): string | undefined =>
    snapshot.children(id).find((child) => child.name === name)?.id;
  await snapshot.loadValues(
    entries.flatMap(({ id }) =>
      ["NamespaceUri", "NamespaceVersion", "NamespacePublicationDate"].flatMap(
        (it) => property(id, it) ?? [],
      ),
    ),
  );
  const valueOf = (id: string, name: string): unknown => {
    const found = property(id, name);
    const value: unknown = found && usableValue(snapshot, found)?.value;
    return value instanceof Date && value.getTime() <= NO_DATE_MS ? undefined : value;
  };
  for (const uri of namespaces.slice(OWN)) {
    const entry = entries.find(({ id }) => valueOf(id, "NamespaceUri") === uri);
    const rule = uri.startsWith(COMPANION) ? "namespace-metadata" : "namespace-undescribed";
    if (!entry) {
      findings.add(rule, NAMESPACES, `has no metadata for ${uri}`);
      continue;
    }
    const place = { path: `${NAMESPACES.path}/${entry.name}`, id: entry.id };
    for (const name of ["NamespaceVersion", "NamespacePublicationDate"])
      if (valueOf(entry.id, name) === undefined) findings.add(rule, place, `has no ${name}`);
  }
}
