/**
 * Keys and certificates of servers, in a PKI folder that stays from run to run, so a client that trusted a unit
 * trusts it again after a restart.
 *
 *   ca/            the fleet's certificate authority, which signs all certificates of units
 *   own/           certificates of units and their keys; own/private/private_key.pem is the key that units share
 *   trusted/, issuers/, rejected/   certificates of clients
 *   users/         the same for users who log in with a certificate
 *   stranger/      an authority that nobody trusts, for certificates that are wrong on purpose
 */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { availableParallelism } from "node:os";
import path from "node:path";

import { generatePrivateKey, pemToPrivateKey, privateKeyToPEM } from "node-opcua-crypto";

import { CodedError } from "../../errors.ts";
import { FleetCa } from "./fleet-ca.ts";
import { TrustList, type Trust } from "./trust-list.ts";

/** A key takes a core 50 to 300 ms to make, and 2 KB of memory to hold: `shared` is for runs that are thrown away. */
export const KEY_CHOICES = ["own", "shared"] as const;
export type Keys = (typeof KEY_CHOICES)[number];

const KEY_BITS = 2048;
const DAY_MS = 86_400_000;
/** The authority's own certificate is for ten years. */
const VALIDITY_DAYS = 1825;
const RENEWAL_DAYS = 30;

export interface CertificateRequest {
  readonly unit: string;
  readonly applicationUri: string;
  /** Host names and IP addresses in the endpoint URLs */
  readonly hosts: readonly string[];
}

/** What a server shows in the place of its own certificate. */
export interface SubstituteCertificate {
  /** That it is valid from now on; below 0 it expired so long ago */
  readonly days: number;
  readonly issuer: "fleet" | "unknown";
}

/** Files of a unit's certificate (PEM, with the authority behind it) and of its key. */
export interface CertificateFiles {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

export class Pki {
  readonly folder: string;
  readonly authority: FleetCa;
  readonly clients: TrustList;
  #users: Promise<TrustList> | undefined;
  #unknown: Promise<FleetCa> | undefined;

  private constructor(folder: string, authority: FleetCa, clients: TrustList) {
    this.folder = folder;
    this.authority = authority;
    this.clients = clients;
  }

  static readonly #opened = new Map<string, Promise<Pki>>();

  /**
   * The PKI of a folder, one a process for each way to trust; the folder is made when missing.
   *
   * @throws CodedError `pki-unusable`
   */
  static open(folder: string, trust: Trust): Promise<Pki> {
    const key = `${trust} ${path.resolve(folder)}`;
    let pki = Pki.#opened.get(key);
    if (!pki) {
      pki = Pki.#open(path.resolve(folder), trust);
      Pki.#opened.set(key, pki);
      pki.catch(() => Pki.#opened.delete(key));
    }
    return pki;
  }

  static async #open(folder: string, trust: Trust): Promise<Pki> {
    try {
      await mkdir(folder, { recursive: true });
      const clients = await openStore(folder, trust);
      return new Pki(folder, await FleetCa.open(folder), clients);
    } catch (error) {
      throw unusable(folder, error);
    }
  }

  /**
   * A unit's certificate and key; made anew when there are none or they do not fit the request.
   *
   * @throws CodedError `pki-unusable`
   */
  async certificate(
    request: CertificateRequest,
    keys: Keys,
    onMake: (request: CertificateRequest) => void = () => undefined,
  ): Promise<CertificateFiles> {
    const name = encodeURIComponent(request.unit);
    const files = {
      certificateFile: path.join(this.clients.ownCertFolder, `${name}.pem`),
      privateKeyFile:
        keys === "shared" ? this.clients.privateKey : path.join(this.clients.ownPrivateFolder, `${name}.pem`),
    };
    try {
      if (!(await this.#fits(files, request))) {
        onMake(request);
        await this.#make(files, request, keys, this.authority);
      }
    } catch (error) {
      throw unusable(this.folder, error);
    }
    return files;
  }

  /**
   * A certificate in the place of the unit's own, with a new key, for as long as the process lives.
   *
   * @param number  of those that the unit has had
   * @param days    from now on; below 0 it expired so long ago
   * @param issuer  who signs it: the fleet's authority, or one that nobody knows
   * @throws CodedError `pki-unusable`
   */
  async substitute(
    request: CertificateRequest,
    number: number,
    { days, issuer }: SubstituteCertificate,
  ): Promise<CertificateFiles> {
    const name = `${encodeURIComponent(request.unit)}.substitute-${process.pid}-${number}.pem`;
    const files = {
      certificateFile: path.join(this.clients.ownCertFolder, name),
      privateKeyFile: path.join(this.clients.ownPrivateFolder, name),
    };
    try {
      const authority = issuer === "fleet" ? this.authority : await this.#stranger();
      await this.#make(files, request, "own", authority, days);
    } catch (error) {
      throw unusable(this.folder, error);
    }
    return files;
  }

  #stranger(): Promise<FleetCa> {
    this.#unknown ??= openStranger(path.join(this.folder, "stranger"));
    return this.#unknown;
  }

  /**
   * The store that certificates of users are held against; these are in it from now on.
   *
   * @throws CodedError `pki-unusable`
   */
  async users(certificates: readonly Buffer[]): Promise<TrustList> {
    // Nobody can log in with a certificate, but the library wants a store.
    if (certificates.length === 0) return this.clients;
    try {
      this.#users ??= openStore(path.join(this.folder, "users"), "list");
      const users = await this.#users;
      for (const certificate of certificates) await users.trustCertificate(certificate);
      return users;
    } catch (error) {
      throw unusable(this.folder, error);
    }
  }

  /**
   * Those of many units, as many at a time as there is something to compute with.
   *
   * @param onMake  is called when one has to be made, which takes a while
   */
  async certificates(
    requests: readonly CertificateRequest[],
    keys: Keys,
    signal: AbortSignal,
    onMake: (request: CertificateRequest) => void,
  ): Promise<void> {
    const waiting = requests.values();
    const work = async (): Promise<void> => {
      for (const request of waiting) {
        if (signal.aborted) return;
        await this.certificate(request, keys, onMake);
      }
    };
    await Promise.all(Array.from({ length: 2 * availableParallelism() }, work));
  }

  async #make(
    files: CertificateFiles,
    request: CertificateRequest,
    keys: Keys,
    authority: FleetCa,
    days = VALIDITY_DAYS,
  ): Promise<void> {
    const { certificateFile, privateKeyFile } = files;
    const key =
      keys === "shared"
        ? await pemToPrivateKey(await readFile(privateKeyFile, "utf8"))
        : await generatePrivateKey(KEY_BITS);
    const { unit: name, applicationUri, hosts } = request;
    const [dns, ip] = [hosts.filter((host) => !isIP(host)), hosts.filter((host) => isIP(host))];
    // Clocks of clients may be behind.
    const begin_days = Math.min(days, 0) - 1;
    const validity = { startDate: new Date(Date.now() + begin_days * DAY_MS), days: days - begin_days };
    const certificate = await authority.sign({ name, applicationUri, dns, ip }, key, validity);
    if (keys === "own") await replaceFile(privateKeyFile, (await privateKeyToPEM(key)).privPem);
    await replaceFile(certificateFile, certificate);
  }

  async #fits(
    { certificateFile, privateKeyFile }: CertificateFiles,
    request: CertificateRequest,
  ): Promise<boolean> {
    try {
      const certificate = new X509Certificate(await readFile(certificateFile));
      const authority = new X509Certificate(await this.authority.certificate());
      const holds = (host: string): boolean =>
        (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: "never" })) === host;
      return (
        (certificate.subjectAltName ?? "").split(", ").includes(`URI:${request.applicationUri}`) &&
        request.hosts.every(holds) &&
        Date.parse(certificate.validTo) > Date.now() + RENEWAL_DAYS * DAY_MS &&
        certificate.checkIssued(authority) &&
        certificate.checkPrivateKey(createPrivateKey(await readFile(privateKeyFile)))
      );
    } catch {
      return false; // missing or unreadable: new ones take their place
    }
  }
}

/** Made with the first certificate that it signs; of several processes that do so at once, one makes it. */
async function openStranger(folder: string): Promise<FleetCa> {
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    await FleetCa.open(draft);
    await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  }
  return FleetCa.open(folder);
}

/** It is never disposed: it holds no handle. */
async function openStore(folder: string, trust: Trust): Promise<TrustList> {
  const store = new TrustList(folder, trust);
  await store.initialize();
  // A server that stops disposes of its manager; as long as this counts, others keep theirs.
  store.referenceCounter = Number.MAX_SAFE_INTEGER;
  return store;
}

/** In one step, because another process may read it at any time. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

function unusable(folder: string, error: unknown): CodedError {
  return new CodedError(
    "pki-unusable",
    `the folder ${folder} for OPC UA keys and certificates cannot be used: ${(error as Error).message}`,
    "name a folder that can be written, or remove what is broken in this one",
    undefined,
    error,
  );
}
