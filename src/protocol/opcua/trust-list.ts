/**
 * Which clients a server lets in by their certificates: the folders of a PKI in the layout that OPC UA products
 * share, so that files can be put there by hand as well.
 */
import { stat } from "node:fs/promises";
import path from "node:path";

import { OPCUACertificateManager } from "node-opcua";
import { exploreCertificate, type Certificate } from "node-opcua-crypto";
import { VerificationStatus, coerceCertificateChain, type VerifyCertificateOptions } from "node-opcua-pki";

/** `list`: those in the folder, and those whose authority is in it; `all`: whoever has a certificate that is valid. */
export const TRUST_CHOICES = ["list", "all"] as const;
export type Trust = (typeof TRUST_CHOICES)[number];

/** Of a certificate that says nothing wrong, but of which nobody said that it can be trusted */
const UNVOUCHED: ReadonlySet<VerificationStatus> = new Set([
  VerificationStatus.BadCertificateUntrusted,
  VerificationStatus.BadCertificateChainIncomplete,
  VerificationStatus.BadCertificateRevocationUnknown,
  VerificationStatus.BadCertificateIssuerRevocationUnknown,
]);

/**
 * The library's store with two differences: trust in all writes nothing down, so that a later run with a list
 * starts with the list as it was; and what another process adds or removes counts at the next handshake, without
 * watching files.
 */
export class TrustList extends OPCUACertificateManager {
  readonly #trust: Trust;
  #seen = "";
  #refreshing: Promise<void> | undefined;

  constructor(rootFolder: string, trust: Trust) {
    super({ rootFolder, disableFileWatchers: true });
    this.#trust = trust;
  }

  protected override async verifyCertificateAsync(
    certificate: Certificate | Certificate[],
    options: VerifyCertificateOptions,
  ): Promise<VerificationStatus> {
    await (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined)));
    const status = await super.verifyCertificateAsync(certificate, options);
    if (this.#trust === "list" || !UNVOUCHED.has(status)) return status;
    const [leaf] = coerceCertificateChain(certificate);
    const { notBefore, notAfter } = exploreCertificate(leaf!).tbsCertificate.validity;
    const now_ms = Date.now();
    const isValid = notBefore.getTime() <= now_ms && now_ms < notAfter.getTime();
    return isValid ? VerificationStatus.Good : VerificationStatus.BadCertificateTimeInvalid;
  }

  async #refresh(): Promise<void> {
    const { trustedFolder, crlFolder, issuersCertFolder, issuersCrlFolder } = this;
    const folders = [trustedFolder, crlFolder, issuersCertFolder, issuersCrlFolder];
    const times = await Promise.all(
      folders.map(async (folder) => (await stat(path.resolve(folder))).mtimeMs),
    );
    const seen = times.join();
    if (seen !== this.#seen && this.#seen !== "") await this.reloadCertificates();
    this.#seen = seen;
  }
}
