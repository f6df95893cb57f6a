/**
 * The fleet's certificate authority: it signs the certificate of every unit, so that a gateway trusts one
 * certificate instead of hundreds. It is made with the PKI folder and stays in it.
 */
import { randomBytes, type webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

import {
  CertificatePurpose,
  convertPEMtoDER,
  createCertificateSigningRequest,
  split_der,
  toPem,
} from "node-opcua-crypto";
import { CertificateAuthorityCore, NativeCaBackend } from "node-opcua-pki";

const FOLDER = "ca";
const NAME = "Taktwerk fleet CA";
const KEY_BITS = 2048;
const DAY_MS = 86_400_000;

/** Of the common name, X.520's upper bound */
const COMMON_NAME_LENGTH = 64;

/** What a certificate says of its holder. */
export interface Holder {
  readonly name: string;
  readonly applicationUri: string;
  /** Host names */
  readonly dns: readonly string[];
  /** IP addresses */
  readonly ip: readonly string[];
}

export interface Validity {
  readonly startDate: Date;
  readonly days: number;
}

export class FleetCa {
  readonly #authority: CertificateAuthorityCore;
  /** The authority's lock is a file that those who wait look at five times a second; in line, none waits. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(authority: CertificateAuthorityCore) {
    this.#authority = authority;
  }

  /** Makes the authority when the PKI folder has none. */
  static async open(pkiFolder: string): Promise<FleetCa> {
    const location = path.join(pkiFolder, FOLDER);
    const authority = new CertificateAuthorityCore({
      location,
      keySize: KEY_BITS,
      // Of its own for each PKI folder: clients show the name, and some find issuers by it.
      subject: `/CN=${NAME} ${randomBytes(4).toString("hex")}/O=Taktwerk`,
      backend: new NativeCaBackend(),
    });
    if (!existsSync(authority.caCertificate)) await authority.initialize();
    return new FleetCa(authority);
  }

  /** PEM */
  certificate(): Promise<string> {
    return readFile(this.#authority.caCertificate, "utf8");
  }

  /** A revocation list as of now, DER; clients that check revocation want it beside the certificate. */
  async revocationList(): Promise<Buffer> {
    await this.#inLine(() => this.#authority.regenerateCrl());
    return readFile(this.#authority.revocationListDER);
  }

  /** @returns certificate and authority, PEM: what OPC 10000-6, 6.2.6 wants a server to send */
  async sign(
    holder: Holder,
    privateKey: webcrypto.CryptoKey,
    { startDate, days }: Validity,
  ): Promise<string> {
    const { csr } = await createCertificateSigningRequest({
      privateKey,
      subject: `/CN=${holder.name.slice(0, COMMON_NAME_LENGTH)}/O=Taktwerk`,
      applicationUri: holder.applicationUri,
      dns: [...holder.dns],
      ip: [...holder.ip],
      purpose: CertificatePurpose.ForApplication,
    });
    const validity = { startDate, validityMs: days * DAY_MS };
    const chain = await this.#inLine(() =>
      this.#authority.signCertificateRequestFromDER(convertPEMtoDER(csr), validity),
    );
    return toPem(split_der(chain), "CERTIFICATE");
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
