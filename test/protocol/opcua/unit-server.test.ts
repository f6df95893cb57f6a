import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { OPCUAClient } from "node-opcua";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { CodedError } from "../../../src/errors.ts";
import { SECURITY_CHOICES } from "../../../src/protocol/opcua/security.ts";
import { UnitServer, type UnitServerOptions } from "../../../src/protocol/opcua/unit-server.ts";
import { fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-opcua-"));
const plant = new FakePlant([fakeCnc("cnc-01"), fakeCnc("cnc-02", 1)]);
const servers: UnitServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

function makeServer(options: Partial<UnitServerOptions> = {}, unit = plant.units[0]!): UnitServer {
  const server = new UnitServer(plant, unit, { port: 0, security: ["none"], pkiFolder: folder, ...options });
  servers.push(server);
  return server;
}

const certificateOf = (unit: string): X509Certificate =>
  new X509Certificate(readFileSync(path.join(folder, "own", "certs", `${unit}.pem`)));

/** "Basic256Sha256/Sign" and the like, as a client sees them. */
async function endpointsOf(server: UnitServer): Promise<string[]> {
  const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
  await client.connect(server.endpointUrl);
  const endpoints = await client.getEndpoints();
  await client.disconnect();
  return endpoints.map(({ securityPolicyUri, securityMode }) => {
    const policy = securityPolicyUri!.split("#")[1]!;
    return policy === "None" ? "none" : `${policy}/${securityMode === 2 ? "Sign" : "SignAndEncrypt"}`;
  });
}

async function caught(promise: Promise<void>): Promise<CodedError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodedError);
  return error as CodedError;
}

describe("a server's life", () => {
  test("stopping one that never started is harmless, and it cannot start afterwards", async () => {
    const server = makeServer();
    await server.stop();
    await server.stop();
    expect(() => server.start()).toThrow("was stopped");
  });

  test("stopping one that is starting waits for it", async () => {
    const server = makeServer();
    const starting = server.start();
    await server.stop();
    await starting;
    expect(server.counters()).toMatchObject({ sessions: 0, bytesRead: 0 });
  });

  test("a port is free again after the stop", async () => {
    const first = makeServer();
    await first.start();
    const port = Number(first.endpointUrl.split(":").at(-1));
    await first.stop();
    const second = makeServer({ port });
    await second.start();
    expect(second.endpointUrl).toBe(`opc.tcp://127.0.0.1:${port}`);
  });

  test("a port in use is named, with the way out", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    const error = await caught(makeServer({ port }).start());
    expect(error.code).toBe("port-in-use");
    expect(error.message).toBe(`OPC UA port ${port} of unit cnc-01 on 127.0.0.1 is in use`);
    expect(error.fix).toContain("choose another port");
    occupant.close();
  });

  test("an address that is not ours cannot be bound", async () => {
    const error = await caught(makeServer({ bind: "192.0.2.1" }).start());
    expect(error.code).toBe("bind-failed");
    expect(error.message).toContain("192.0.2.1");
  });

  test("an IPv6 address stands in brackets in the URL", () => {
    expect(makeServer({ bind: "::1", port: 24841 }).endpointUrl).toBe("opc.tcp://[::1]:24841");
  });

  test("a folder for certificates that is a file is said to be", async () => {
    const pkiFolder = path.join(folder, "file");
    writeFileSync(pkiFolder, "");
    const error = await caught(makeServer({ pkiFolder }).start());
    expect(error.code).toBe("pki-unusable");
    expect(error.message).toContain(pkiFolder);
  });

  test("nothing is printed", async () => {
    const written: unknown[] = [];
    const { log } = console;
    console.log = (...args) => written.push(args);
    try {
      await makeServer().start();
    } finally {
      console.log = log;
    }
    expect(written).toEqual([]);
  });
});

describe("security", () => {
  test("all choices are on offer when asked for", async () => {
    const server = makeServer({ security: SECURITY_CHOICES });
    await server.start();
    expect((await endpointsOf(server)).sort()).toEqual([...SECURITY_CHOICES].sort());
  });

  test("only what was asked for is on offer, and discovery works without an open endpoint", async () => {
    const security = ["Basic256Sha256/SignAndEncrypt", "Aes128_Sha256_RsaOaep/Sign"] as const;
    const server = makeServer({ security });
    await server.start();
    expect((await endpointsOf(server)).sort()).toEqual([...security].sort());
  });

  test.each(["own", "shared"] as const)("keys are %s, certificates of one authority last", async (keys) => {
    await Promise.all([makeServer({ keys }).start(), makeServer({ keys }, plant.units[1]!).start()]);
    const [first, second] = [certificateOf("cnc-01"), certificateOf("cnc-02")];
    expect(first.subjectAltName).toContain("URI:urn:127.0.0.1:taktwerk:cnc-01");
    expect(second.subjectAltName).toContain("URI:urn:127.0.0.1:taktwerk:cnc-02");
    expect(first.publicKey.equals(second.publicKey)).toBe(keys === "shared");
    const authority = new X509Certificate(readFileSync(path.join(folder, "ca", "public", "cacert.pem")));
    for (const certificate of [first, second]) expect(certificate.verify(authority.publicKey)).toBe(true);
    await makeServer({ keys }).start();
    expect(certificateOf("cnc-01").fingerprint256).toBe(first.fingerprint256);
  });

  test("the advertised name is in the URL and in a new certificate", async () => {
    const server = makeServer({ advertise: ["localhost"] });
    await server.start();
    expect(server.endpointUrl).toMatch(/^opc\.tcp:\/\/localhost:\d+$/);
    expect(certificateOf("cnc-01").subjectAltName).toBe(
      "DNS:localhost, IP Address:127.0.0.1, URI:urn:localhost:taktwerk:cnc-01",
    );
  });
});
