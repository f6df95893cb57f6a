/** How much a server does for its clients at most. What stands here it says of itself, and the library enforces. */
import type { OPCUAServerOptions } from "node-opcua";

export interface ServerLimits {
  readonly sessions: number;
  /** Of all sessions, and of one */
  readonly subscriptions: number;
  readonly subscriptionsPerSession: number;
  /** Of all subscriptions, and of one */
  readonly monitoredItems: number;
  readonly monitoredItemsPerSubscription: number;
  /** Of a monitored item; a client that asks for more gets this */
  readonly queueSize: number;
  /** Of one request; one with more is refused as BadTooManyOperations */
  readonly nodesPerRead: number;
  readonly nodesPerWrite: number;
  readonly nodesPerBrowse: number;
  readonly methodsPerCall: number;
  readonly monitoredItemsPerCall: number;
}

/** Room for load tests: a controller has less, which a scenario can say. */
export const DEFAULT_LIMITS: ServerLimits = {
  sessions: 100,
  subscriptions: 1000,
  subscriptionsPerSession: 20,
  monitoredItems: 100_000,
  monitoredItemsPerSubscription: 20_000,
  queueSize: 1000,
  nodesPerRead: 10_000,
  nodesPerWrite: 10_000,
  nodesPerBrowse: 10_000,
  methodsPerCall: 1000,
  // Made in one go, 25 µs each: a slice of 50 ms.
  monitoredItemsPerCall: 2000,
};

/** Connections beyond those that have sessions: for discovery, and for clients that are about to be told so. */
const CONNECTIONS_SPARE = 20;

/** Of one HistoryRead: each is computed when it is asked for. */
const HISTORY_NODES = 100;

/** Of paths and continuation points there is no more than of what they are for. */
const CONTINUATION_POINTS = 100;

const PROFILE = "http://opcfoundation.org/UA-Profile";

/**
 * What OPC 10000-7 asks of an Embedded 2017 UA server by its Standard DataChange Subscription 2017 facet. The rest of
 * the profile is what test/interop shows of every server: reading, browsing, subscribing and discovery in opcua.test,
 * security and user names in opcua-access.test, the type system in opcua-shared.test.
 */
const EMBEDDED: Partial<ServerLimits> = {
  sessions: 2,
  subscriptionsPerSession: 5,
  monitoredItemsPerSubscription: 500,
  queueSize: 5,
};

/** @param isSecure  Basic256Sha256 is on offer */
function profilesOf(limits: ServerLimits, isSecure: boolean): string[] {
  const isEmbedded = Object.entries(EMBEDDED).every(
    ([name, least]) => limits[name as keyof ServerLimits] >= least,
  );
  return [
    ...(isSecure && isEmbedded ? [`${PROFILE}/Server/EmbeddedUA2017`] : []),
    `${PROFILE}/Transport/uatcp-uasc-uabinary`,
  ];
}

/** The library's options for these limits. */
export function limitOptions(
  limits: ServerLimits,
  isSecure: boolean,
): Pick<OPCUAServerOptions, "serverCapabilities" | "maxConnectionsPerEndpoint"> {
  return {
    maxConnectionsPerEndpoint: limits.sessions + CONNECTIONS_SPARE,
    serverCapabilities: {
      maxSessions: limits.sessions,
      maxSubscriptions: limits.subscriptions,
      maxSubscriptionsPerSession: limits.subscriptionsPerSession,
      maxMonitoredItems: limits.monitoredItems,
      maxMonitoredItemsPerSubscription: limits.monitoredItemsPerSubscription,
      maxMonitoredItemsQueueSize: limits.queueSize,
      maxBrowseContinuationPoints: CONTINUATION_POINTS,
      maxHistoryContinuationPoints: CONTINUATION_POINTS,
      localeIdArray: ["en"],
      serverProfileArray: profilesOf(limits, isSecure),
      operationLimits: {
        maxNodesPerRead: limits.nodesPerRead,
        maxNodesPerWrite: limits.nodesPerWrite,
        maxNodesPerBrowse: limits.nodesPerBrowse,
        maxNodesPerMethodCall: limits.methodsPerCall,
        maxMonitoredItemsPerCall: limits.monitoredItemsPerCall,
        maxNodesPerTranslateBrowsePathsToNodeIds: limits.nodesPerBrowse,
        maxNodesPerRegisterNodes: limits.nodesPerRead,
        maxNodesPerHistoryReadData: Math.min(limits.nodesPerRead, HISTORY_NODES),
      },
    },
  };
}
