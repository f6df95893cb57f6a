/** Who a server lets in, tried by a client in another process. */
import { spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

import {
  MessageSecurityMode,
  OPCUACertificateManager,
  SecurityPolicy,
  StatusCodes,
  nodesets,
} from "node-opcua";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { Pki } from "../../src/protocol/opcua/certificates.ts";
import { Containment } from "../../src/protocol/containment.ts";
import { GuardedServer } from "../../src/protocol/opcua/guarded-server.ts";
import {
  permitByDefault,
  permitCalling,
  permitWriting,
  type Role,
} from "../../src/protocol/opcua/permissions.ts";
import { securityPair } from "../../src/protocol/opcua/security.ts";
import { UserTable, hashPassword } from "../../src/protocol/opcua/users.ts";
import { UnitServer, type UnitServerOptions } from "../../src/protocol/opcua/unit-server.ts";
import { emitAll, fakeCnc } from "../support/fake-cnc.ts";
import { FakePlant } from "../support/fake-plant.ts";
import { TcpTap } from "../support/tcp-tap.ts";
import type { Attempt, Outcome } from "./peers/opcua-login.ts";

const UNIT = "cnc-01";
const SIGNAL = "cnc-01/spindle-speed";
const SECURE = "Basic256Sha256/SignAndEncrypt";
const DAY_MS = 86_400_000;

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-access-"));
const clientFolder = path.join(folder, "client");
const plant = new FakePlant([fakeCnc(UNIT)]);
const servers: UnitServer[] = [];
const guarded: GuardedServer[] = [];
const logged: string[] = [];
let client: ChildProcess;
let outcomes: NodeJS.AsyncIterator<string>;

beforeAll(() => {
  emitAll(plant, UNIT);
  client = spawn(
    process.execPath,
    [path.join(import.meta.dirname, "peers", "opcua-login.ts"), clientFolder],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  outcomes = createInterface(client.stdout!)[Symbol.asyncIterator]();
});
afterEach(async () => {
  logged.length = 0;
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await Promise.all(guarded.splice(0).map((server) => server.shutdown(0)));
});
afterAll(() => {
  client.kill();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<UnitServerOptions> = {}): Promise<UnitServer> {
  const server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none", SECURE],
    pkiFolder: path.join(folder, "server"),
    warn: (line) => logged.push(line),
    ...options,
  });
  servers.push(server);
  await server.start();
  return server;
}

/** A server of the library with a Variable to write and a Method to call. @returns its URL */
async function startGuarded(users: UserTable, anonymous: Role): Promise<string> {
  const pki = await Pki.open(path.join(folder, "guarded"), "all");
  const request = { unit: UNIT, applicationUri: "urn:test:guarded", hosts: ["127.0.0.1"] };
  const options = {
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    resourcePath: "",
    nodesets: [nodesets.standard],
    serverCertificateManager: pki.clients,
    userCertificateManager: pki.clients,
    ...(await pki.certificate(request, "shared")),
    serverInfo: { applicationUri: request.applicationUri },
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None],
  };
  const access = {
    pairs: [securityPair("none")],
    users,
    anonymous,
    log: (line: string) => logged.push(line),
    containment: new Containment({ name: "OPC UA guarded", log: (line) => logged.push(line) }),
  };
  const server = new GuardedServer(options, access);
  await server.initialize();
  server.guard();
  const namespace = server.engine.addressSpace!.registerNamespace("urn:taktwerk:unit");
  permitByDefault(namespace);
  const machine = namespace.addObject({
    browseName: "machine",
    nodeId: "s=machine",
    organizedBy: "ObjectsFolder",
  });
  const named = (browseName: string): { browseName: string; nodeId: string } => ({
    browseName,
    nodeId: `s=${browseName}`,
  });
  const variable = namespace.addVariable({ ...named("setting"), componentOf: machine, dataType: "Double" });
  variable.setValueFromSource({ dataType: "Double", value: 1 });
  permitWriting(variable);
  const method = namespace.addMethod(machine, { ...named("start"), inputArguments: [], outputArguments: [] });
  method.bindMethod((_inputs, _context, answer) => answer(null, { statusCode: StatusCodes.Good }));
  permitCalling(method);
  await server.start();
  guarded.push(server);
  return `opc.tcp://127.0.0.1:${server.endpoints[0]!.port}`;
}

async function tryLogin(server: UnitServer | undefined, attempt: Partial<Attempt> = {}): Promise<Outcome> {
  client.stdin!.write(`${JSON.stringify({ url: server?.endpointUrl, variable: SIGNAL, ...attempt })}\n`);
  return JSON.parse((await outcomes.next()).value as string) as Outcome;
}

const certificateOfServer = (): string =>
  readFileSync(path.join(folder, "server", "own", "certs", `${UNIT}.pem`), "utf8");

/** @returns the file of a self-signed certificate that is valid until so many days from now */
async function makeCertificate(rootFolder: string, name: string, until_days: number): Promise<string> {
  const store = new OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
  await store.initialize();
  const outputFile = path.join(folder, `${name}.pem`);
  await store.createSelfSignedCertificate({
    outputFile,
    subject: `/CN=${name}`,
    applicationUri: `urn:test:${name}`,
    dns: ["localhost"],
    startDate: new Date(Date.now() - 10 * DAY_MS),
    validity: 10 + until_days,
  });
  await store.dispose();
  return outputFile;
}

/** Whether it still serves whoever comes. */
const serves = async (server: UnitServer): Promise<boolean> => (await tryLogin(server)).read === "Good";

/** The thumbprint by which logs and `taktwerk pki` name a certificate. */
const thumbprint = (pem: string | Buffer): string =>
  new X509Certificate(pem).fingerprint.replaceAll(":", "").toLowerCase();

describe("a client's certificate", () => {
  test("that nobody knows is turned away, told no more than that, and kept for whoever may let it in", async () => {
    const server = await start();
    expect(await tryLogin(server, { security: SECURE })).toEqual({ login: "BadSecurityChecksFailed" });
    const [file] = readdirSync(path.join(folder, "server", "rejected"));
    const rejected = readFileSync(path.join(folder, "server", "rejected", file!));
    expect(logged).toEqual([
      expect.stringMatching(
        `^OPC UA cnc-01: turned away the client certificate ".*" ${thumbprint(rejected)} \\(BadCertificateUntrusted\\)$`,
      ),
    ]);
    expect(await tryLogin(server)).toMatchObject({ login: "Good", read: "Good" });

    // As `taktwerk pki trust` does it, from another process: without a restart of the server
    const store = new OPCUACertificateManager({
      rootFolder: path.join(folder, "server"),
      disableFileWatchers: true,
    });
    await store.initialize();
    await store.trustCertificate(new X509Certificate(rejected).raw);
    await store.dispose();
    expect(await tryLogin(server, { security: SECURE })).toMatchObject({ login: "Good", read: "Good" });
    expect(logged).toHaveLength(1);
  });

  test("is welcome whoever signed it with trust: all, which no later server remembers", async () => {
    const pkiFolder = path.join(folder, "all");
    const server = await start({ trust: "all", pkiFolder });
    expect(await tryLogin(server, { security: SECURE })).toMatchObject({ login: "Good", read: "Good" });
    const strict = await start({ pkiFolder });
    expect(await tryLogin(strict, { security: SECURE })).toMatchObject({ login: "BadSecurityChecksFailed" });
  });

  test("that has expired is turned away, also with trust: all", async () => {
    const server = await start({ trust: "all" });
    const certificateFile = await makeCertificate(clientFolder, "Expired", -5);
    const attempt = { security: SECURE, certificateFile };
    expect(await tryLogin(server, attempt)).toEqual({ login: "BadCertificateTimeInvalid" });
    expect(logged).toEqual([
      expect.stringMatching(/"CN=Expired" [0-9a-f]{40} \(BadCertificateTimeInvalid\)$/),
    ]);
    expect(await serves(server)).toBe(true);
  });
});

test("a policy or mode that is not on offer is turned away", async () => {
  const server = await start({ trust: "all" });
  for (const security of ["Aes256_Sha256_RsaPss/SignAndEncrypt", "Basic256Sha256/Sign"]) {
    const tap = new TcpTap(Number(server.endpointUrl.split(":").at(-1)));
    const url = `opc.tcp://127.0.0.1:${await tap.open()}`;
    await tryLogin(server, { url, security, serverCertificate: certificateOfServer() });
    tap.close();
    // The library's client does not tell what the server's error message says (OPC 10000-6, 7.1.2.5).
    const bytes = tap.pcap(4840);
    expect(bytes.readUInt32LE(bytes.indexOf("ERRF") + 8)).toBe(StatusCodes.BadSecurityPolicyRejected.value);
  }
  expect(logged).toEqual([
    "OPC UA cnc-01: turned away a client that wants Aes256_Sha256_RsaPss (BadSecurityPolicyRejected)",
    "OPC UA cnc-01: turned away a client that wants Basic256Sha256 (BadSecurityPolicyRejected)",
  ]);
  expect(await serves(server)).toBe(true);
});

describe("a user", () => {
  const PASSWORD = "sword \u00fc fish";

  async function users(): Promise<UserTable> {
    const hashed = await hashPassword(PASSWORD);
    return new UserTable(
      [
        { name: "olga", password: "env:OLGA", role: "operator" },
        { name: "erik", password: hashed, role: "engineer" },
      ],
      { OLGA: "swordfish" },
    );
  }

  test.each(["none", SECURE] as const)(
    "with a password comes in over %s, with a wrong one not",
    async (over) => {
      const server = await start({ trust: "all", users: await users() });
      const security = over === "none" ? {} : { security: over };
      const login = async (name: string, password: string): Promise<string> =>
        (await tryLogin(server, { ...security, user: { name, password } })).login;
      expect(await login("olga", "swordfish")).toBe("Good");
      expect(await login("erik", PASSWORD)).toBe("Good");
      expect(await login("erik", PASSWORD)).toBe("Good"); // from what is kept of the first time
      expect(await login("olga", PASSWORD)).toBe("BadUserAccessDenied");
      expect(await login("erik", "swordfish")).toBe("BadUserAccessDenied");
      expect(await login("no\u001b[31mbody", "swordfish")).toBe("BadUserAccessDenied");
      expect(logged).toEqual([
        'OPC UA cnc-01: turned away user "olga" (BadUserAccessDenied)',
        'OPC UA cnc-01: turned away user "erik" (BadUserAccessDenied)',
        'OPC UA cnc-01: turned away user "no\\u001b[31mbody" (BadUserAccessDenied)',
      ]);
      expect(await serves(server)).toBe(true);
    },
  );

  test("with a certificate comes in, one with another or an expired one does not", async () => {
    const keys = path.join(folder, "users");
    const key = path.join(keys, "own", "private", "private_key.pem");
    const files = {
      anna: await makeCertificate(keys, "anna", 10),
      late: await makeCertificate(keys, "late", -5),
      eve: await makeCertificate(keys, "eve", 10),
    };
    const table = new UserTable([
      { certificate: files.anna, role: "engineer" },
      { certificate: files.late, role: "engineer" },
    ]);
    const server = await start({ trust: "all", users: table });
    const login = async (name: keyof typeof files, security: object): Promise<string> => {
      const read = (file: string): string => readFileSync(file, "utf8");
      const userCertificate = { certificate: read(files[name]), key: read(key) };
      return (await tryLogin(server, { ...security, userCertificate })).login;
    };
    for (const security of [{ security: SECURE }, {}]) {
      expect(await login("anna", security)).toBe("Good");
      expect(await login("eve", security)).toBe("BadIdentityTokenRejected");
      expect(await login("late", security)).toBe("BadIdentityTokenRejected");
    }
    expect(logged).toEqual([
      expect.stringMatching(/user certificate "CN=eve" [0-9a-f]{40} \(BadIdentityTokenRejected\)$/),
      expect.stringMatching(/user certificate "CN=late" [0-9a-f]{40} \(BadIdentityTokenRejected\)$/),
    ]);
    expect(await serves(server)).toBe(true);
  });

  test("may what his role may", async () => {
    const table = await users();
    const url = await startGuarded(table, "observer");
    const may = async (user?: Attempt["user"]): Promise<unknown> => {
      const attempt = {
        url,
        variable: "setting",
        method: ["machine", "start"] as const,
        ...(user ? { user } : {}),
      };
      return tryLogin(undefined, attempt);
    };
    const login = "Good";
    expect(await may()).toEqual({
      login,
      read: "Good",
      write: "BadUserAccessDenied",
      call: "BadUserAccessDenied",
    });
    const olga = { name: "olga", password: "swordfish" };
    expect(await may(olga)).toEqual({ login, read: "Good", write: "BadUserAccessDenied", call: "Good" });
    const erik = { name: "erik", password: PASSWORD };
    expect(await may(erik)).toEqual({ login, read: "Good", write: "Good", call: "Good" });
  });

  test("cannot do without a name where anonymous clients are not wanted", async () => {
    const server = await start({ users: await users(), anonymous: false });
    expect((await tryLogin(server)).login).not.toBe("Good");
    const user = { name: "olga", password: "swordfish" };
    expect((await tryLogin(server, { user })).login).toBe("Good");
  });
});
