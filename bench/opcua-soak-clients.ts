/* Clients of a soak, in a process that may be killed at any time: see opcua-soak.ts. Ends with its IPC channel. */
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from "node-opcua";

const { urls, folder } = JSON.parse(process.argv[2]!) as { urls: string[]; folder: string };
const SIGNALS = ["spindle-speed", "spindle-load", "x-position", "active-power", "program", "tool-number"];
const clientCertificateManager = new OPCUACertificateManager({
  rootFolder: folder,
  automaticallyAcceptUnknownCertificate: true,
  disableFileWatchers: true,
});
process.on("disconnect", () => process.exit());
await clientCertificateManager.initialize();

/** Subscribes, reads a minute of the past and sets an override. */
async function use(url: string, secure: boolean): Promise<void> {
  const client = OPCUAClient.create({
    clientCertificateManager,
    connectionStrategy: { maxRetry: 0 },
    securityMode: secure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
    securityPolicy: secure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  });
  await client.connect(url);
  const session = await client.createSession();
  await session.readNamespaceArray();
  const namespace = session.getNamespaceIndex("urn:taktwerk:unit");
  const { references } = await session.browse({
    nodeId: `ns=${session.getNamespaceIndex("http://opcfoundation.org/UA/Machinery/")};i=1001`,
    referenceTypeId: "Organizes",
    resultMask: 63,
  });
  const unit = references!.find(({ nodeId }) => nodeId.namespace === namespace)!.browseName.name!;
  const id = (path: string): string => `ns=${namespace};s=${unit}/${path}`;
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 250,
    publishingEnabled: true,
  });
  ClientMonitoredItemGroup.create(
    subscription,
    SIGNALS.map((signal) => ({ nodeId: id(signal), attributeId: AttributeIds.Value })),
    { samplingInterval: 250, queueSize: 5 },
    TimestampsToReturn.Both,
  );
  const now = Date.now();
  await session.readHistoryValue(id("spindle-speed"), new Date(now - 60_000), new Date(now));
  // A hold would add to the past that machines keep; an override hardly does.
  await session.call({
    objectId: id("Control"),
    methodId: id("Control/SetOverride"),
    inputArguments: [
      { dataType: DataType.String, value: "feed" },
      { dataType: DataType.Double, value: 100 },
    ],
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await session.close();
  await client.disconnect();
}

for (let n = 0; ; n++) {
  await Promise.all(
    urls.slice(0, 4).map((_url, i) => use(urls[(4 * n + i) % urls.length]!, (n + i) % 2 === 0)),
  );
}
