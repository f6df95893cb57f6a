import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  MessageSecurityMode,
  OPCUAServer,
  RegisterServer2Response,
  SecurityPolicy,
  nodesets,
  type Message,
  type RegisterServer2Request,
  type ServerSecureChannelLayer,
} from "node-opcua";
import { expect, test } from "vitest";

import { Pki } from "../../../src/protocol/opcua/certificates.ts";
import { UnitServer } from "../../../src/protocol/opcua/unit-server.ts";
import { fakeCnc } from "../../support/fake-cnc.ts";
import { FakePlant } from "../../support/fake-plant.ts";

/** Takes registrations, without a word to the network; the library's own announces itself there. */
class DiscoveryServer extends OPCUAServer {
  readonly registrations = new EventEmitter();

  _on_RegisterServer2Request(message: Message, channel: ServerSecureChannelLayer): void {
    const { server } = message.request as RegisterServer2Request;
    channel.send_response("MSG", new RegisterServer2Response({}), message);
    this.registrations.emit("registration", { ...server, mode: channel.securityMode });
  }
}

test("a server registers with a discovery server securely, and says goodbye to it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-registration-"));
  const pki = await Pki.open(path.join(folder, "discovery"), "all");
  const request = { unit: "discovery", applicationUri: "urn:test:discovery", hosts: ["127.0.0.1"] };
  const discovery = new DiscoveryServer({
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    nodesets: [nodesets.standard],
    serverCertificateManager: pki.clients,
    userCertificateManager: pki.clients,
    ...(await pki.certificate(request, "shared")),
    serverInfo: { applicationUri: request.applicationUri },
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
  });
  await discovery.start();
  const registration = (): Promise<unknown[]> => once(discovery.registrations, "registration");

  const plant = new FakePlant([fakeCnc("cnc-01")]);
  const server = new UnitServer(plant, plant.units[0]!, {
    port: 0,
    security: ["none", "Basic256Sha256/SignAndEncrypt"],
    trust: "all",
    pkiFolder: path.join(folder, "units"),
    register: `opc.tcp://127.0.0.1:${discovery.endpoints[0]!.port}`,
  });
  const coming = registration();
  await server.start();
  expect((await coming)[0]).toMatchObject({
    serverUri: "urn:127.0.0.1:taktwerk:cnc-01",
    discoveryUrls: [server.endpointUrl],
    isOnline: true,
    mode: MessageSecurityMode.SignAndEncrypt,
  });
  const going = registration();
  await server.stop();
  expect((await going)[0]).toMatchObject({ serverUri: "urn:127.0.0.1:taktwerk:cnc-01", isOnline: false });
  await discovery.shutdown(0);
  rmSync(folder, { recursive: true });
});
