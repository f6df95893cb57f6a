/** Reads and browses many nodes through a client's session, in batches that the server can take. */
import {
  AttributeIds,
  BrowseDirection,
  BrowseResult,
  DataValue,
  NodeClass,
  NodeId,
  StatusCodes,
} from "node-opcua";
import type { ClientSession, ExpandedNodeId, QualifiedName, ReferenceDescription } from "node-opcua";

import type { Findings } from "./finding.ts";
import { WELL_KNOWN } from "./well-known.ts";

/** A node at the other end of a reference. */
export interface Neighbour {
  readonly referenceType: string;
  readonly id: string;
  /** See qualified() */
  readonly name: string;
  readonly nodeClass: NodeClass;
  /** "ns=0;i=0" for node classes without one */
  readonly typeDefinition: string;
}

export interface AttributeRead {
  readonly nodeId: string;
  readonly attributeId: AttributeIds;
}

/** Batches for a server that names no limit. */
const BATCH = 500;
/** A node with more pages than this is given up: some servers hand out continuation points for ever. */
const PAGES_MAX = 1000;
/** Calls that may fail one after the other until nothing is asked any more: enough to corner one node by halves. */
const FAILURES_MAX = 12;

const SERVER = { path: "Server", id: "ns=0;i=2253" } as const;

/** How the checker writes a node id: always with its namespace, so that equal ids are equal strings. */
export function keyOf({ identifierType, value, namespace }: NodeId | ExpandedNodeId): string {
  return new NodeId(identifierType, value, namespace).toString();
}

/** How the checker writes a browse name: with its namespace index when that is not 0, "2:Identification" */
export const qualified = ({ namespaceIndex, name }: QualifiedName): string =>
  namespaceIndex === 0 ? `${name}` : `${namespaceIndex}:${name}`;

/**
 * Never throws: a service that fails is a finding of rule `service`, and what it was asked for is bad or empty.
 * A batch that fails is tried again in halves, since one value that cannot be decoded spoils a whole response.
 */
export class SessionReader {
  readonly #session: ClientSession;
  readonly #findings: Findings;
  #readBatch = BATCH;
  #browseBatch = BATCH;
  #failures = 0;

  constructor(session: ClientSession, findings: Findings) {
    this.#session = session;
    this.#findings = findings;
  }

  /** Asks for the server's operation limits; 0 and silence mean that there are none. */
  async prepare(): Promise<void> {
    const limits = await this.readValues([WELL_KNOWN.maxNodesPerRead, WELL_KNOWN.maxNodesPerBrowse]);
    const [read, browse] = limits.map((limit) => Number(limit.value.value) || BATCH);
    this.#readBatch = Math.min(BATCH, read!);
    this.#browseBatch = Math.min(BATCH, browse!);
  }

  readValues(ids: readonly string[]): Promise<DataValue[]> {
    return this.read(ids.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
  }

  /** One answer a read, in their order. */
  read(reads: readonly AttributeRead[]): Promise<DataValue[]> {
    const failed = (): DataValue => new DataValue({ statusCode: StatusCodes.BadCommunicationError });
    // The library writes to what it is given.
    const service = (part: readonly AttributeRead[]): Promise<DataValue[]> =>
      this.#session.read(part.map((it) => ({ ...it })));
    return this.#inBatches("Read", reads, this.#readBatch, service, failed);
  }

  /** All forward references of each node, in their order. */
  forward(ids: readonly string[]): Promise<Neighbour[][]> {
    return this.#neighbours(ids, WELL_KNOWN.references, BrowseDirection.Forward);
  }

  /** The supertype of each type; more than one on a server that is odd. */
  supertypes(ids: readonly string[]): Promise<Neighbour[][]> {
    return this.#neighbours(ids, WELL_KNOWN.hasSubtype, BrowseDirection.Inverse);
  }

  async #neighbours(
    ids: readonly string[],
    referenceTypeId: string,
    browseDirection: BrowseDirection,
  ): Promise<Neighbour[][]> {
    const failed = (): Neighbour[] => [];
    const browse = async (part: readonly string[]): Promise<Neighbour[][]> => {
      const descriptions = part.map((nodeId) => ({
        nodeId,
        referenceTypeId,
        browseDirection,
        includeSubtypes: true,
        nodeClassMask: 0,
        resultMask: 63,
      }));
      const results = await this.#session.browse(descriptions);
      const found: Neighbour[][] = [];
      for (const [i, result] of results.entries()) {
        // A server short of continuation points has none for the rest of the batch; alone, a node gets one.
        const isShort = result.statusCode.equals(StatusCodes.BadNoContinuationPoints) && part.length > 1;
        found.push(isShort ? (await browse([part[i]!]))[0]! : await this.#pages(result));
      }
      return found;
    };
    return this.#inBatches("Browse", ids, this.#browseBatch, browse, failed);
  }

  async #pages(first: BrowseResult): Promise<Neighbour[]> {
    const references: ReferenceDescription[] = [];
    let page: BrowseResult | undefined = first;
    for (let pages = 0; page && pages < PAGES_MAX; pages++) {
      references.push(...(page.references ?? []));
      const point: Buffer | null = page.continuationPoint;
      page = point?.length ? (await this.#session.browseNext([point], false))[0] : undefined;
    }
    // What is on another server cannot be held against anything here.
    return references.filter(({ nodeId }) => nodeId.serverIndex === 0).map(neighbour);
  }

  async #inBatches<Q, A>(
    service: string,
    questions: readonly Q[],
    size: number,
    ask: (part: readonly Q[]) => Promise<A[]>,
    failed: () => A,
  ): Promise<A[]> {
    const answers: A[] = [];
    for (let start = 0; start < questions.length; start += size) {
      const part = questions.slice(start, start + size);
      if (this.#failures >= FAILURES_MAX) {
        answers.push(...part.map(failed));
        continue;
      }
      try {
        const got = await ask(part);
        if (got.length !== part.length) throw new Error(`${got.length} answers to ${part.length} questions`);
        answers.push(...got);
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        const half = Math.ceil(part.length / 2);
        if (part.length > 1) answers.push(...(await this.#inBatches(service, part, half, ask, failed)));
        else {
          this.#findings.add("service", SERVER, `${service} of ${JSON.stringify(part[0])}: ${String(error)}`);
          answers.push(failed());
        }
      }
    }
    return answers;
  }
}

function neighbour(reference: ReferenceDescription): Neighbour {
  const { referenceTypeId, nodeId, browseName, nodeClass, typeDefinition } = reference;
  return {
    referenceType: keyOf(referenceTypeId),
    id: keyOf(nodeId),
    name: qualified(browseName),
    nodeClass,
    typeDefinition: keyOf(typeDefinition),
  };
}
