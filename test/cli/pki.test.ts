/** `taktwerk pki`: what a gateway is to trust, and which clients may come. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import { OPCUACertificateManager } from "node-opcua";
import { afterAll, describe, expect, test } from "vitest";

import { UserTable } from "../../src/protocol/opcua/users.ts";
import { Workspace } from "../support/cli.ts";

const workspace = new Workspace();
afterAll(() => workspace.close());
const pkiFolder = path.join(workspace.folder, ".taktwerk", "pki");

/** A client's store beside the servers'. @returns the certificate's file */
async function makeClient(name: string): Promise<string> {
  const store = new OPCUACertificateManager({
    rootFolder: path.join(workspace.folder, "client"),
    disableFileWatchers: true,
  });
  await store.initialize();
  const outputFile = path.join(workspace.folder, `${name}.pem`);
  await store.createSelfSignedCertificate({
    outputFile,
    subject: `/CN=${name}`,
    applicationUri: `urn:test:${name}`,
    dns: ["localhost"],
    startDate: new Date(),
    validity: 10,
  });
  await store.dispose();
  return outputFile;
}

/** What a server would say of the certificate now. */
async function statusOf(file: string): Promise<string> {
  const store = new OPCUACertificateManager({ rootFolder: pkiFolder, disableFileWatchers: true });
  await store.initialize();
  const status = await store.checkCertificate(new X509Certificate(readFileSync(file)).raw);
  await store.dispose();
  return status.name;
}

test("export writes one authority and its revocation list, the same each time", async () => {
  const { stdout, code } = await workspace.run("pki", "export", "for-gateway");
  expect(code).toBe(0);
  const files = ["taktwerk-ca.der", "taktwerk-ca.crl"].map((name) => path.join("for-gateway", name));
  const certificate = new X509Certificate(readFileSync(path.join(workspace.folder, files[0]!)));
  expect(certificate.ca).toBe(true);
  const thumbprint = certificate.fingerprint.replaceAll(":", "").toLowerCase();
  const [first, ...rest] = stdout.trim().split("\n");
  expect(first).toMatch(
    new RegExp(`CN=Taktwerk fleet CA [0-9a-f]{8}, thumbprint ${thumbprint}, until 20\\d\\d-`),
  );
  expect(rest).toEqual(files);
  expect((await workspace.run("pki", "export", "again")).stdout.split("\n")[0]).toBe(first);
});

describe("trust", () => {
  test("lets in by the thumbprint that rejected lists", async () => {
    expect((await workspace.run("pki", "rejected")).stdout).toBe("no certificate was turned away\n");
    const client = await makeClient("gateway");
    expect(await statusOf(client)).toBe("BadCertificateUntrusted");
    const { stdout } = await workspace.run("pki", "rejected");
    expect(stdout).toMatch(/^[0-9a-f]{40} {2}20\d\d-\d\d-\d\d {2}CN=gateway\n$/);
    const trusted = await workspace.run("pki", "trust", stdout.slice(0, 40));
    expect([trusted.stdout, trusted.code]).toEqual(["CN=gateway is trusted\n", 0]);
    expect(await statusOf(client)).toBe("Good");
    expect((await workspace.run("pki", "rejected")).stdout).toBe("no certificate was turned away\n");
  });

  test("lets in by file", async () => {
    const client = await makeClient("scada");
    expect((await workspace.run("pki", "trust", "scada.pem")).stdout).toBe("CN=scada is trusted\n");
    expect(await statusOf(client)).toBe("Good");
  });

  test.each([
    ["a thumbprint that nobody came with", "0".repeat(40), "invalid-option"],
    ["a file that is not there", "nobody.pem", "file-missing"],
    ["a file that is something else", "package.txt", "file-unusable"],
  ])("refuses %s", async (_what, name, problem) => {
    workspace.write("package.txt", "no certificate");
    const { stderr, stdout, code } = await workspace.run("pki", "trust", name);
    expect(stderr).toMatch(new RegExp(`error\\[${problem}\\]: .+\\n  .+\\n$`));
    expect([stdout, code]).toEqual(["", 2]);
  });
});

test("hash makes of a password what a scenario can have, and not the same twice", async () => {
  const table = async (hash: string): Promise<boolean> =>
    new UserTable([{ name: "olga", password: hash.trim(), role: "operator" }]).isPassword(
      "olga",
      "swordfish",
    );
  const hashes: string[] = [];
  for (let i = 0; i < 2; i++) {
    const command = workspace.start(["pki", "hash"], [], "swordfish\n");
    hashes.push((await command.ended).stdout);
  }
  expect(hashes[0]).not.toBe(hashes[1]);
  expect(await Promise.all(hashes.map(table))).toEqual([true, true]);
});
