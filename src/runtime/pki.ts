/** What `taktwerk pki` does with the folder of keys and certificates; servers that run notice at the next handshake. */
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../errors.ts";
import type { Pki } from "../protocol/opcua/certificates.ts";
import { hashPassword } from "../protocol/opcua/users.ts";
import { PKI_FOLDER } from "./files.ts";

/** A certificate as people name it. */
export interface NamedCertificate {
  readonly subject: string;
  /** SHA-1, hexadecimal, as logs and most products show it */
  readonly thumbprint: string;
  readonly validUntil: string;
}

async function open(): Promise<Pki> {
  const { Pki } = await import("../protocol/opcua/certificates.ts");
  return Pki.open(PKI_FOLDER, "list");
}

const describe = (certificate: X509Certificate): NamedCertificate => ({
  subject: certificate.subject.replaceAll("\n", ", "),
  thumbprint: certificate.fingerprint.replaceAll(":", "").toLowerCase(),
  validUntil: new Date(certificate.validTo).toISOString().slice(0, 10),
});

/**
 * Writes the fleet's authority, made if there is none yet, for a gateway to trust.
 *
 * @returns the authority, and the files of its certificate and its revocation list
 * @throws CodedError `pki-unusable`, `file-unusable` when the folder cannot be written
 */
export async function exportAuthority(
  folder: string,
): Promise<{ authority: NamedCertificate; files: readonly string[] }> {
  const { authority } = await open();
  const certificate = new X509Certificate(await authority.certificate());
  const contents = {
    "taktwerk-ca.der": certificate.raw,
    "taktwerk-ca.crl": await authority.revocationList(),
  };
  const files: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(contents)) {
      files.push(join(folder, name));
      await writeFile(join(folder, name), content);
    }
  } catch (error) {
    const what = `the authority's files cannot be written: ${(error as Error).message}`;
    throw new CodedError(
      "file-unusable",
      what,
      "Name a folder that can be written.",
      { file: folder },
      error,
    );
  }
  return { authority: describe(certificate), files };
}

/** Clients' certificates that were turned away, by name. */
export async function listRejected(): Promise<NamedCertificate[]> {
  const certificates = await rejectedBy(await open());
  return certificates.map(describe).sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

async function rejectedBy({ clients }: Pki): Promise<X509Certificate[]> {
  const files = await readdir(clients.rejectedFolder);
  return Promise.all(
    files.map(async (file) => new X509Certificate(await readFile(join(clients.rejectedFolder, file)))),
  );
}

/**
 * Lets clients in from now on.
 *
 * @param what  thumbprint of a certificate that was turned away, or a file: a client's certificate, that of an
 *              authority whose clients all may come, or an authority's revocation list; PEM or DER
 * @returns what it was, for people
 * @throws CodedError `invalid-option` for an unknown thumbprint, `file-missing`, `file-unusable`
 */
export async function trust(what: string): Promise<string> {
  const pki = await open();
  const { clients } = pki;
  if (/^[0-9a-f]{40}$/i.test(what)) {
    const rejected = await rejectedBy(pki);
    const certificate = rejected.find((it) => describe(it).thumbprint === what.toLowerCase());
    if (!certificate) {
      const fix = '"taktwerk pki rejected" lists those that were.';
      throw new CodedError("invalid-option", `no certificate with thumbprint ${what} was turned away`, fix);
    }
    await clients.trustCertificate(certificate.raw);
    return `${describe(certificate).subject} is trusted`;
  }
  const content = await read(what);
  const certificate = parse(content);
  if (!certificate) {
    await addRevocationList(pki, what, content);
    return `the revocation list ${what} is kept`;
  }
  const { subject } = describe(certificate);
  if (!certificate.ca) {
    await clients.trustCertificate(certificate.raw);
    return `${subject} is trusted`;
  }
  await clients.addIssuer(certificate.raw, false, true);
  return `whoever has a certificate of ${subject} is trusted, if its revocation list is trusted too`;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const what = "this file cannot be read, and it is no thumbprint of 40 digits";
    throw new CodedError("file-missing", what, "Name a certificate that can be read.", { file }, error);
  }
}

function parse(content: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(content);
  } catch {
    return undefined;
  }
}

async function addRevocationList({ clients }: Pki, file: string, content: Buffer): Promise<void> {
  const pem = /-----BEGIN X509 CRL-----([^-]+)-----END/.exec(content.toString("latin1"))?.[1];
  const list = pem === undefined ? content : Buffer.from(pem, "base64");
  const status = await clients.addRevocationList(list).catch((error: Error) => error.message);
  if (status === "Good") return;
  const what = `this file is neither a certificate nor a revocation list (${status})`;
  throw new CodedError("file-unusable", what, "Name a file in PEM or DER.", { file });
}

/** What stands in a scenario in a password's place. */
export const passwordHash = (password: string): Promise<string> => hashPassword(password);
