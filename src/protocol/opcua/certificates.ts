/**
 * Keys and certificates of a process's servers.
 *
 * A 2048-bit key takes a few hundred milliseconds to make, so all servers with the same PKI folder share one
 * key and one store of trusted certificates; each unit has a certificate of its own (a few milliseconds), since
 * that carries its application URI and host name. Both stay in the folder, so a client that trusted a unit
 * trusts it again after a restart. Certificates of clients are accepted, whoever signed them.
 */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import path from "node:path";

import { OPCUACertificateManager } from "node-opcua";

import { CodedError } from "../../errors.ts";

const VALIDITY_DAYS = 3650;
const DAY_MS = 86_400_000;

/** Of the common name, X.520's upper bound */
const COMMON_NAME_LENGTH = 64;

const managers = new Map<string, Promise<OPCUACertificateManager>>();

/**
 * The store of a PKI folder, one a process; the folder is made when missing.
 * It is never disposed: it holds no handle, because the watching of its files is off.
 *
 * @throws CodedError `pki-unusable`
 */
export function certificateManager(pkiFolder: string): Promise<OPCUACertificateManager> {
  const folder = path.resolve(pkiFolder);
  let manager = managers.get(folder);
  if (!manager) {
    manager = openManager(folder);
    managers.set(folder, manager);
    manager.catch(() => managers.delete(folder));
  }
  return manager;
}

async function openManager(rootFolder: string): Promise<OPCUACertificateManager> {
  try {
    await mkdir(rootFolder, { recursive: true });
    const manager = new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    });
    await manager.initialize();
    // A server that stops disposes of its manager; as long as this counts, others keep theirs.
    manager.referenceCounter = Number.MAX_SAFE_INTEGER;
    return manager;
  } catch (error) {
    throw new CodedError(
      "pki-unusable",
      `the folder ${rootFolder} for OPC UA keys and certificates cannot be used: ${(error as Error).message}`,
      "name a folder that can be written, or remove what is broken in this one",
      undefined,
      error,
    );
  }
}

export interface CertificateRequest {
  readonly unit: string;
  readonly applicationUri: string;
  /** Host name or IP address in the endpoint URLs */
  readonly host: string;
}

/** The file of a unit's certificate; made anew when there is none or it does not fit the request. */
export async function unitCertificate(
  manager: OPCUACertificateManager,
  request: CertificateRequest,
): Promise<string> {
  const file = path.join(manager.rootDir, "own", "certs", `${encodeURIComponent(request.unit)}.pem`);
  if (await fits(file, manager.privateKey, request)) return file;
  const isAddress = isIP(request.host) !== 0;
  await manager.createSelfSignedCertificate({
    outputFile: file,
    subject: `/CN=${request.unit.slice(0, COMMON_NAME_LENGTH)}/O=Taktwerk`,
    applicationUri: request.applicationUri,
    dns: isAddress ? [] : [request.host],
    ip: isAddress ? [request.host] : [],
    startDate: new Date(Date.now() - DAY_MS),
    validity: VALIDITY_DAYS,
  });
  return file;
}

async function fits(file: string, keyFile: string, request: CertificateRequest): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(file));
    const { applicationUri, host } = request;
    return (
      (certificate.subjectAltName ?? "").split(", ").includes(`URI:${applicationUri}`) &&
      (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: "never" })) === host &&
      Date.parse(certificate.validTo) > Date.now() + DAY_MS &&
      certificate.checkPrivateKey(createPrivateKey(await readFile(keyFile)))
    );
  } catch {
    return false; // missing or unreadable: a new one takes its place
  }
}
