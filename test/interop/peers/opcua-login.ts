/**
 * An OPC UA client in a process of its own that tries to come in: `node opcua-login.ts <PKI folder>`. Each line on
 * its input is an Attempt in JSON; it answers with a line, an Outcome.
 */
import { X509Certificate } from "node:crypto";
import { createInterface } from "node:readline";

import {
  AttributeIds,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
  setErrorLogger,
  setWarningLogger,
} from "node-opcua";
import type { OPCUAClientOptions, UserIdentityInfo } from "node-opcua";

export interface Attempt {
  readonly url: string;
  /** "Basic256Sha256/SignAndEncrypt"; none when left out */
  readonly security?: string;
  readonly user?: { readonly name: string; readonly password: string };
  /** Certificate, PEM, and key of a user */
  readonly userCertificate?: { readonly certificate: string; readonly key: string };
  /** File of the client's own certificate; one that is made for it when left out */
  readonly certificateFile?: string;
  /** Certificate of the server, PEM, for a client that does not ask for endpoints first */
  readonly serverCertificate?: string;
  /** Variable in the namespace of units, to read and to write back */
  readonly variable: string;
  /** Method there, of its parent, to call; none when left out */
  readonly method?: readonly [parent: string, method: string];
}

/** Names of status codes. */
export interface Outcome {
  readonly login: string;
  readonly read?: string;
  readonly write?: string;
  readonly call?: string;
}

setErrorLogger(() => undefined);
setWarningLogger(() => undefined);

const clientCertificateManager = new OPCUACertificateManager({
  rootFolder: process.argv[2]!,
  automaticallyAcceptUnknownCertificate: true,
  disableFileWatchers: true,
});
clientCertificateManager.referenceCounter = Number.MAX_SAFE_INTEGER;

const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

function optionsOf({ security, certificateFile, serverCertificate }: Attempt): OPCUAClientOptions {
  const [policy, mode] = (security ?? "None/None").split("/") as [
    keyof typeof SecurityPolicy,
    keyof typeof MessageSecurityMode,
  ];
  return {
    clientCertificateManager,
    connectionStrategy: { maxRetry: 0 },
    endpointMustExist: false,
    securityPolicy: SecurityPolicy[policy],
    securityMode: MessageSecurityMode[mode],
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(serverCertificate === undefined ? {} : { serverCertificate: derOf(serverCertificate) }),
  };
}

function identityOf({ user, userCertificate }: Attempt): UserIdentityInfo {
  if (user) return { type: UserTokenType.UserName, userName: user.name, password: user.password };
  if (!userCertificate) return { type: UserTokenType.Anonymous };
  const { certificate, key } = userCertificate;
  return { type: UserTokenType.Certificate, certificateData: derOf(certificate), privateKey: key };
}

async function attempt(task: Attempt): Promise<Outcome> {
  const client = OPCUAClient.create(optionsOf(task));
  try {
    await client.connect(task.url);
    const session = await client.createSession(identityOf(task));
    await session.readNamespaceArray();
    const node = (id: string): string => `ns=${session.getNamespaceIndex("urn:taktwerk:unit")};s=${id}`;
    const value = { nodeId: node(task.variable), attributeId: AttributeIds.Value };
    const read = await session.read(value);
    const write = await session.write({ ...value, value: { value: read.value } });
    const [objectId, methodId] = (task.method ?? []).map(node);
    const call =
      objectId && methodId ? await session.call({ objectId, methodId, inputArguments: [] }) : undefined;
    await session.close();
    return {
      login: "Good",
      read: read.statusCode.name,
      write: write.name,
      ...(call ? { call: call.statusCode.name } : {}),
    };
  } catch (error) {
    const { message } = error as Error;
    return { login: /Bad[A-Z]\w+/.exec(message)?.[0] ?? message };
  } finally {
    await client.disconnect();
  }
}

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await attempt(JSON.parse(line) as Attempt))}\n`);
}
