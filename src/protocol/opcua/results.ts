/**
 * What a machine made, part by part, as OPC 40001-101 shows it: ResultManagement with the newest results, methods to
 * get one, and an event for each. Every result says that it is simulated.
 */
import { DataType, StatusCodes, Variant } from "node-opcua";
import type { CallMethodResultOptions, ExtensionObject, UAMethod, UAObject } from "node-opcua";

import type { UnitEvent } from "../port.ts";
import { addAddIn } from "./building-blocks.ts";
import type { Notifier } from "./events.ts";
import { permitCalling } from "./permissions.ts";
import { scalar, type UnitNodes } from "./unit-nodes.ts";

const RESULT = "http://opcfoundation.org/UA/Machinery/Result/";

/** Results that can be asked for; older ones are gone. */
const KEPT = 100;

/** ResultEvaluationEnum, ResultState (completed), and what the methods answer as Error. */
const EVALUATION = { ok: 1, notOk: 2 } as const;
const COMPLETED = 1;
const ERROR = { none: 0, noResult: 1 } as const;

/** Adds ResultManagement to a machine, fed by its events of production. */
export function addResults(nodes: UnitNodes, machine: UAObject, notifier: Notifier): void {
  new Results(nodes, machine, notifier);
}

class Results {
  readonly #nodes: UnitNodes;
  /** By result id, oldest first. */
  readonly #results = new Map<string, ExtensionObject>();

  constructor(nodes: UnitNodes, machine: UAObject, notifier: Notifier) {
    this.#nodes = nodes;
    const type = nodes.objectType("ResultManagementType", RESULT);
    const management = addAddIn(nodes, machine, type, [
      "GetLatestResult",
      "GetResultById",
      "ReleaseResultHandle",
    ]);
    const bind = (name: string, answer: (id: string) => CallMethodResultOptions): void => {
      const method = nodes.find(management, name) as UAMethod;
      method.bindMethod((given, _context, done) => done(null, answer(String(given[0]?.value ?? ""))));
      permitCalling(method);
    };
    bind("GetLatestResult", () => this.#answer([...this.#results.values()].at(-1)));
    bind("GetResultById", (id) => this.#answer(this.#results.get(id)));
    bind("ReleaseResultHandle", () => ({
      statusCode: StatusCodes.Good,
      outputArguments: [new Variant(scalar(DataType.Int32, ERROR.none))],
    }));
    const eventType = nodes.objectType("ResultReadyEventType", RESULT);
    nodes.onEvent("production", (event) => {
      const result = this.#keep(event);
      notifier.raise(eventType, event, { result: scalar(DataType.ExtensionObject, result) });
    });
  }

  #keep({ number, timestamp_ms, fields }: UnitEvent): ExtensionObject {
    const id = `${this.#nodes.unit.name}/${number}`;
    const time = new Date(timestamp_ms);
    const result = this.#structure("ResultDataType", {
      resultMetaData: this.#structure("ResultMetaDataType", {
        resultId: id,
        isPartial: false,
        isSimulated: true,
        resultState: COMPLETED,
        partId: String(fields["parts-produced"] ?? ""),
        internalRecipeId: String(fields.program ?? ""),
        jobId: String(fields.job ?? ""),
        creationTime: time,
        resultEvaluation: fields.quality === "good" ? EVALUATION.ok : EVALUATION.notOk,
      }),
      resultContent: [],
    });
    this.#results.set(id, result);
    for (const oldest of this.#results.keys()) {
      if (this.#results.size <= KEPT) break;
      this.#results.delete(oldest);
    }
    return result;
  }

  /** Without a result the structure is empty and the error says so. */
  #answer(result: ExtensionObject | undefined): CallMethodResultOptions {
    const shown = result ?? this.#structure("ResultDataType", { resultContent: [] });
    return {
      statusCode: StatusCodes.Good,
      outputArguments: [
        new Variant(scalar(DataType.UInt32, 0)),
        new Variant(scalar(DataType.ExtensionObject, shown)),
        new Variant(scalar(DataType.Int32, result ? ERROR.none : ERROR.noResult)),
      ],
    };
  }

  #structure(name: string, fields: Record<string, unknown>): ExtensionObject {
    const type = this.#nodes.space.findDataType(name, this.#nodes.space.getNamespaceIndex(RESULT))!;
    return this.#nodes.space.constructExtensionObject(type, fields);
  }
}
