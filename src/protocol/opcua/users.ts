/**
 * Who may log in, and as what. Passwords are never here in clear text for longer than a login takes: the scenario
 * names an environment variable or has a hash.
 */
import { X509Certificate, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

import { CodedError } from "../../errors.ts";
import type { Role } from "./permissions.ts";

/** As a scenario has it: who knows a password, or who holds the key of a certificate. */
export type User = { readonly role: Role } & (
  | {
      readonly name: string;
      /** "env:OLGA_PASSWORD" or what `hashPassword` made */
      readonly password: string;
    }
  | {
      /** File, PEM or DER; the user's name is its common name */
      readonly certificate: string;
    }
);

const HASH = /^scrypt:([A-Za-z0-9_-]+):([A-Za-z0-9_-]+)$/;
const VARIABLE = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;
export const PASSWORD_PATTERN = new RegExp(`${VARIABLE.source}|${HASH.source}`);

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** RFC 7914's example for interactive logins: 16 MB and some 50 ms */
const SCRYPT = { N: 16_384, r: 8, p: 1 } as const;

/** What the library calls a session without a user; no user can have that name. */
const ANONYMOUS = "anonymous";

const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)));
  });

/** What can stand in a scenario in a password's place. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `scrypt:${salt.toString("base64url")}:${(await derive(password, salt)).toString("base64url")}`;
}

type Check = (password: string) => Promise<boolean>;

export class UserTable {
  readonly #roles = new Map<string, Role>();
  readonly #checks = new Map<string, Check>();
  readonly #thumbprints = new Set<string>();
  readonly certificates: readonly Buffer[];

  /** @throws CodedError `user-unusable` with the first user that cannot be: a variable that is not set, say */
  constructor(users: readonly User[], environment: NodeJS.ProcessEnv = process.env) {
    const certificates: Buffer[] = [];
    for (const user of users) {
      if ("certificate" in user) {
        const certificate = readCertificate(user.certificate);
        this.#thumbprints.add(certificate.fingerprint256);
        certificates.push(certificate.raw);
        this.#add(commonName(certificate, user.certificate), user.role);
      } else {
        this.#add(user.name, user.role);
        this.#checks.set(user.name, checkOf(user.name, user.password, environment));
      }
    }
    this.certificates = certificates;
  }

  get hasPasswords(): boolean {
    return this.#checks.size > 0;
  }

  /** Undefined for who is not in the table. */
  role(name: string): Role | undefined {
    return this.#roles.get(name);
  }

  async isPassword(name: string, password: string): Promise<boolean> {
    return (await this.#checks.get(name)?.(password)) ?? false;
  }

  /** @param der  of a user who has proved that he holds its key */
  hasCertificate(der: Buffer): boolean {
    try {
      return this.#thumbprints.has(new X509Certificate(der).fingerprint256);
    } catch {
      return false; // no certificate at all
    }
  }

  #add(name: string, role: Role): void {
    if (name === ANONYMOUS || this.#roles.has(name)) {
      const what = name === ANONYMOUS ? "no OPC UA user can be named" : "two OPC UA users are named";
      throw unusable(`${what} ${JSON.stringify(name)}`, "Give each user a name of his own.");
    }
    this.#roles.set(name, role);
  }
}

/**
 * Keeps a keyed digest of what was right once: hundreds of servers share a table, and a gateway that logs in to all
 * of them shall not cost a hash each.
 */
function checkOf(name: string, reference: string, environment: NodeJS.ProcessEnv): Check {
  const key = randomBytes(HASH_BYTES);
  const digest = (password: string): Buffer => createHmac("sha256", key).update(password).digest();
  const [, variable] = VARIABLE.exec(reference) ?? [];
  if (variable !== undefined) {
    const password = environment[variable];
    if (!password) {
      const what = `the environment has no ${variable}, which is to be the password of OPC UA user "${name}"`;
      throw unusable(what, `Set it before the start, or write a hash, which "taktwerk pki hash" makes.`);
    }
    const right = digest(password);
    return async (given) => timingSafeEqual(digest(given), right);
  }
  const [, salt = "", hash = ""] = HASH.exec(reference) ?? [];
  const expected = Buffer.from(hash, "base64url");
  if (expected.length !== HASH_BYTES) {
    throw unusable(`the hash of OPC UA user "${name}" is not whole`, `Make it with "taktwerk pki hash".`);
  }
  let known: Buffer | undefined;
  return async (given) => {
    const mine = digest(given);
    if (known && timingSafeEqual(mine, known)) return true;
    const isRight = timingSafeEqual(await derive(given, Buffer.from(salt, "base64url")), expected);
    if (isRight) known = mine;
    return isRight;
  };
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (error) {
    const what = `the certificate ${file} of an OPC UA user cannot be read: ${(error as Error).message}`;
    throw unusable(what, "Name a file with an X.509 certificate, PEM or DER.", error);
  }
}

function commonName(certificate: X509Certificate, file: string): string {
  const [, name] = /^CN=(.+)$/m.exec(certificate.subject) ?? [];
  if (name !== undefined) return name;
  throw unusable(`the certificate ${file} of an OPC UA user has no common name`, "Roles go by that name.");
}

const unusable = (what: string, fix: string, cause?: unknown): CodedError =>
  new CodedError("user-unusable", what, fix, undefined, cause);
