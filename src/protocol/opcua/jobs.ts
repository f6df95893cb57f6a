/**
 * A unit's job orders as OPC 40001-3 and OPC 10031-4 show them: JobManagement with JobOrderControl, whose methods
 * become commands to the plant, and JobOrderResults.
 *
 * Of a job order these are used: JobOrderID, Description, Priority, WorkMasterID[0].ID for the program, and a
 * JobOrderParameter "Quantity" for the good parts to make (1 without it).
 */
import { DataType, LocalizedText, RelativePath, StatusCodes, Variant, VariantArrayType } from "node-opcua";
import type {
  CallMethodResultOptions,
  ExtensionObject,
  MethodFunctor,
  UAMethod,
  UAObject,
  VariantOptions,
} from "node-opcua";

import type { CommandResult, JobOrder, JobsDescription, UnitEvent, Value } from "../port.ts";
import type { Notifier } from "./events.ts";
import { permitCalling } from "./permissions.ts";
import { localizedText, scalar, type State, type UnitNodes } from "./unit-nodes.ts";

const ISA95 = "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/";

/** Optional nodes of a machine that works off job orders, below its building blocks. */
const METHODS: Readonly<Record<string, string>> = {
  Store: "store-job",
  StoreAndStart: "store-and-start-job",
  Update: "update-job",
  Start: "start-job",
  RevokeStart: "revoke-job",
  Pause: "pause-job",
  Resume: "resume-job",
  Stop: "stop-job",
  Abort: "abort-job",
  Cancel: "cancel-job",
  Clear: "clear-job",
};

/** Methods whose first argument is a whole order. */
const WITH_ORDER: ReadonlySet<string> = new Set(["Store", "StoreAndStart", "Update"]);

/** ISA-95 methods return status, bits of a UInt64 (OPC 10031-4, B.2), as the library's pair of words. */
const RETURN_STATUS = {
  noError: [0, 1],
  unknownJobOrder: [0, 1 << 1],
  invalidStatus: [0, 1 << 3],
  unableToAccept: [0, 1 << 4],
  invalidRequest: [1, 0],
} as const;

/** By the OPC UA status with which the plant refuses. */
const RETURN_STATUS_OF = new Map<number, readonly [number, number]>([
  [StatusCodes.BadNotFound.value, RETURN_STATUS.unknownJobOrder],
  [StatusCodes.BadInvalidState.value, RETURN_STATUS.invalidStatus],
  [StatusCodes.BadEntryExists.value, RETURN_STATUS.unableToAccept],
  [StatusCodes.BadTooManyOperations.value, RETURN_STATUS.unableToAccept],
]);

/** Paths of the optional nodes below a JobManagement that `addJobs` fills. */
export const JOB_OPTIONALS: readonly string[] = [
  "JobOrderControl.CurrentState.Number",
  "JobOrderResults.JobOrderResponseList",
  ...Object.keys(METHODS).map((method) => `JobOrderControl.${method}`),
];

/** A structure of a nodeset on its way to or from a client; fields by their names with a small first letter. */
type Fields = Readonly<Record<string, unknown>>;

/** Fills and binds the JobManagement below `blocks`. */
export function addJobs(nodes: UnitNodes, blocks: UAObject, jobs: JobsDescription, notifier: Notifier): void {
  new Jobs(nodes, nodes.object(blocks, "JobManagement"), jobs, notifier);
}

class Jobs {
  readonly #nodes: UnitNodes;
  readonly #control: UAObject;
  readonly #results: UAObject;
  readonly #states: ReadonlyMap<string, State>;

  constructor(nodes: UnitNodes, management: UAObject, jobs: JobsDescription, notifier: Notifier) {
    this.#nodes = nodes;
    this.#control = nodes.object(management, "JobOrderControl");
    this.#results = nodes.object(management, "JobOrderResults");
    this.#states = nodes.states(this.#control);
    this.#fill(jobs);
    for (const [name, command] of Object.entries(METHODS)) {
      this.#bind(this.#control, name, this.#order(command, WITH_ORDER.has(name)));
    }
    this.#bind(this.#results, "RequestJobResponseByJobOrderID", (given, _context, done) =>
      done(null, this.#responseById(String(given[0]!.value ?? ""))),
    );
    this.#bind(this.#results, "RequestJobResponseByJobOrderState", (given, _context, done) =>
      done(null, this.#responsesByState((given[0]!.value as readonly Fields[] | null) ?? [])),
    );
    const type = nodes.objectType("ISA95JobOrderStatusEventType", ISA95);
    nodes.onEvent("job", (event) => notifier.raise(type, event, this.#eventFields(event)));
  }

  #fill({ programs, max }: JobsDescription): void {
    const workMasters = programs.map((id) => this.#structure("ISA95WorkMasterDataType", { ID: id }));
    this.#nodes.set(this.#control, "WorkMaster", list(workMasters));
    for (const name of ["MaterialClassID", "MaterialDefinitionID", "PersonnelID", "PhysicalAssetID"])
      this.#nodes.set(this.#control, name, strings([]));
    this.#nodes.set(this.#control, "EquipmentID", strings([this.#nodes.unit.name]));
    this.#nodes.set(this.#control, "MaxDownloadableJobOrders", scalar(DataType.UInt16, max));
    this.#live(this.#control, "JobOrderList", () =>
      list(
        this.#jobs.map((job) =>
          this.#structure("ISA95JobOrderAndStateDataType", {
            jobOrder: this.#jobOrder(job),
            state: this.#state(job),
          }),
        ),
      ),
    );
    this.#live(this.#results, "JobOrderResponseList", () =>
      list(this.#jobs.map((job) => this.#response(job))),
    );
    this.#live(this.#control, "CurrentState", () => localizedText(this.#current.name));
    this.#live(this.#control, "CurrentState/Id", () => scalar(DataType.NodeId, this.#current.id));
    this.#live(this.#control, "CurrentState/Number", () => scalar(DataType.UInt32, this.#current.number));
  }

  get #jobs(): readonly JobOrder[] {
    return this.#nodes.port.jobs(this.#nodes.unit.name);
  }

  /** States are those of single orders; the object as a whole shows the one that runs, else the last that came. */
  get #current(): State {
    const jobs = this.#jobs;
    const running = jobs.find(({ state }) => state === "Running" || state === "Interrupted");
    return this.#states.get((running ?? jobs.at(-1))?.state ?? "NotAllowedToStart")!;
  }

  #live(root: UAObject, path: string, get: () => VariantOptions): void {
    this.#nodes.compute(root, path, get);
  }

  #bind(root: UAObject, name: string, functor: MethodFunctor): void {
    const method = this.#nodes.find(root, name) as UAMethod;
    method.bindMethod(functor);
    permitCalling(method);
  }

  /** Of a method that stores, changes or commands an order. */
  #order(name: string, whole: boolean): MethodFunctor {
    return (given, _context, done) => {
      const first = given[0]!.value as string | Fields | null;
      const named = whole ? orderArguments((first ?? {}) as Fields) : { job: String(first ?? "") };
      const result = this.#nodes.port.command(this.#nodes.unit.name, { name, arguments: named });
      done(null, outcome([], returnStatus(result)));
    };
  }

  #responseById(id: string): CallMethodResultOptions {
    const job = this.#jobs.find((it) => it.id === id);
    const none = this.#structure("ISA95JobResponseDataType", { jobState: [] });
    const response = scalar(DataType.ExtensionObject, job ? this.#response(job) : none);
    return outcome([response], job ? RETURN_STATUS.noError : RETURN_STATUS.unknownJobOrder);
  }

  #responsesByState(wanted: readonly Fields[]): CallMethodResultOptions {
    const number = (wanted[0] as { stateNumber?: number } | undefined)?.stateNumber;
    const known = [...this.#states.values()].some((state) => state.number === number);
    const fitting = this.#jobs.filter(({ state }) => this.#states.get(state)!.number === number);
    const responses = list(fitting.map((job) => this.#response(job)));
    return outcome([responses], known ? RETURN_STATUS.noError : RETURN_STATUS.invalidStatus);
  }

  #eventFields({ source, fields }: UnitEvent): Record<string, VariantOptions> {
    // An order that was cancelled or cleared is gone; what is left of it stands in the event.
    const gone = { id: source, priority: 0, description: "", started_ms: undefined, ended_ms: undefined };
    const job = this.#jobs.find(({ id }) => id === source) ?? ({ ...gone, ...fields } as unknown as JobOrder);
    return {
      jobOrder: scalar(DataType.ExtensionObject, this.#jobOrder(job)),
      jobState: list(this.#state(job)),
      jobResponse: scalar(DataType.ExtensionObject, this.#response(job)),
    };
  }

  #jobOrder({ id, program, quantity, priority, description }: JobOrder): ExtensionObject {
    return this.#structure("ISA95JobOrderDataType", {
      jobOrderID: id,
      description: [new LocalizedText({ text: description })],
      workMasterID: [this.#structure("ISA95WorkMasterDataType", { ID: program })],
      priority,
      jobOrderParameters: [this.#parameter("Quantity", quantity)],
    });
  }

  #response(job: JobOrder): ExtensionObject {
    const { id, good, scrapped, started_ms, ended_ms } = job;
    return this.#structure("ISA95JobResponseDataType", {
      jobResponseID: id,
      jobOrderID: id,
      ...(started_ms === undefined ? {} : { startTime: new Date(started_ms) }),
      ...(ended_ms === undefined ? {} : { endTime: new Date(ended_ms) }),
      jobState: this.#state(job),
      jobResponseData: [this.#parameter("PartsGood", good), this.#parameter("PartsScrapped", scrapped)],
    });
  }

  /** The top-level state alone: its path is empty. */
  #state({ state }: JobOrder): ExtensionObject[] {
    return [
      this.#structure("ISA95StateDataType", {
        browsePath: new RelativePath({ elements: [] }),
        stateText: new LocalizedText({ text: state }),
        stateNumber: this.#states.get(state)!.number,
      }),
    ];
  }

  #parameter(id: string, value: number): ExtensionObject {
    const variant = new Variant({ dataType: DataType.UInt32, value });
    return this.#structure("ISA95ParameterDataType", { ID: id, value: variant });
  }

  #structure(name: string, fields: Fields): ExtensionObject {
    const type = this.#nodes.space.findDataType(name, this.#nodes.space.getNamespaceIndex(ISA95))!;
    return this.#nodes.space.constructExtensionObject(type, fields as Record<string, unknown>);
  }
}

const list = (value: ExtensionObject[]): VariantOptions => ({
  dataType: DataType.ExtensionObject,
  arrayType: VariantArrayType.Array,
  value,
});

const strings = (value: string[]): VariantOptions => ({
  dataType: DataType.String,
  arrayType: VariantArrayType.Array,
  value,
});

/** The plant's arguments of an order as a client describes it; what is missing or odd is the plant's to refuse. */
function orderArguments(order: Fields): Readonly<Record<string, Value>> {
  const [workMaster] = (order.workMasterID as readonly Fields[] | undefined) ?? [];
  const [description] = (order.description as readonly { text?: string | null }[] | undefined) ?? [];
  const parameters = (order.jobOrderParameters as readonly Fields[] | undefined) ?? [];
  const quantity = parameters.find(({ ID }) => ID === "Quantity")?.value as Variant | undefined;
  return {
    job: String(order.jobOrderID ?? ""),
    program: String(workMaster?.ID ?? ""),
    quantity: quantity === undefined ? 1 : numberOf(quantity.value),
    priority: Number(order.priority ?? 0),
    description: description?.text ?? "",
  };
}

/** The library has integers of 64 bits as two words; what is no number is the plant's to refuse. */
function numberOf(value: unknown): number {
  if (Array.isArray(value)) return Number(value[0]) * 2 ** 32 + Number(value[1]);
  return typeof value === "number" ? value : Number.NaN;
}

function returnStatus(result: CommandResult): readonly [number, number] {
  if (result.done) return RETURN_STATUS.noError;
  return RETURN_STATUS_OF.get(result.status) ?? RETURN_STATUS.invalidRequest;
}

/** A Bad status would take the return status away from the client, so a refusal is Uncertain (B.2). */
function outcome(outputs: VariantOptions[], status: readonly [number, number]): CallMethodResultOptions {
  const returned = new Variant({
    dataType: DataType.UInt64,
    arrayType: VariantArrayType.Scalar,
    value: [...status],
  });
  return {
    statusCode: status === RETURN_STATUS.noError ? StatusCodes.Good : StatusCodes.Uncertain,
    outputArguments: [...outputs.map((output) => new Variant(output)), returned],
  };
}
