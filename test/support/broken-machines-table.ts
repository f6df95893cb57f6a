/** Machines that are broken in one way each, and what the instance checker has to find on them. */
import { DataType, StatusCodes, VariantArrayType, coerceNodeId, makeEUInformation } from "node-opcua";
import type { UAObject, UAVariable } from "node-opcua";

import { NAMESPACE, scalar, text } from "../../src/protocol/opcua/unit-nodes.ts";
import { answer, type BreakableMachine } from "./broken-machines.ts";

/** How a machine is broken, and all that is to be found: rule and path below the machine, without namespaces. */
export type Broken = readonly [
  name: string,
  breakIt: (machine: BreakableMachine) => void,
  ...found: string[],
];

const STATE = "MachineryBuildingBlocks/MachineryItemState/CurrentState";
const UNIT = "Monitoring/Process/spindle-power/EngineeringUnits";
const RANGE = "Monitoring/Process/spindle-power/EURange";
const MODE = "Monitoring/MachineTool/OperationMode";

const range = (machine: BreakableMachine, low: number, high: number) => {
  const { space } = machine.nodes;
  const value = space.constructExtensionObject(space.findDataType("Range")!, { low, high });
  return scalar(DataType.ExtensionObject, value);
};

/** A unit that is in order but for some fields. */
const unit = (fields: { unitId?: number; namespaceUri?: string }) =>
  scalar(DataType.ExtensionObject, Object.assign(makeEUInformation("KWT", "kW", "kilowatt"), fields));

/** A new object below one that is there, of a type by name. */
function add(
  machine: BreakableMachine,
  parent: string,
  name: string,
  [type, typeUri, nameUri]: readonly [type: string, typeUri: string, nameUri: string],
  by: "componentOf" | "organizedBy" = "componentOf",
): UAObject {
  return machine.nodes.namespace.addObject({
    browseName: { name, namespaceIndex: machine.index(nameUri) },
    [by]: machine.object(parent),
    typeDefinition: machine.nodes.objectType(type, typeUri),
  });
}

const UA = "http://opcfoundation.org/UA/";
const { machinery: MACHINERY, machineTool: MT } = NAMESPACE;
const OWN = "urn:taktwerk:unit";

const TRANSITION = "MachineryBuildingBlocks/MachineryItemState/LastTransition";
/** Below MachineryItemState_StateMachineType: a state, and FromNotExecutingToExecuting */
const [EXECUTING, TO_EXECUTING] = ["i=5006", "i=5018"];

/** Optional in the type, and null as long as nothing is shown. */
function addLastTransition({ machine, nodes }: BreakableMachine): void {
  nodes.variableType("FiniteTransitionVariableType").instantiate({
    browseName: { name: "LastTransition", namespaceIndex: 0 },
    componentOf: nodes.object(machine, "MachineryBuildingBlocks/MachineryItemState"),
    namespace: nodes.namespace,
    optionals: ["Number"],
  });
  for (const path of [TRANSITION, `${TRANSITION}/Id`, `${TRANSITION}/Number`])
    answer(nodes.variable(machine, path), { dataType: DataType.Null });
}

const numberOf = ({ nodes }: BreakableMachine, transition: string): number => {
  const node = nodes.space.getNamespace(MACHINERY).findNode(transition) as UAObject;
  return (node.getPropertyByName("TransitionNumber") as UAVariable).readValue().value.value as number;
};

function showTransition(machine: BreakableMachine, id: string, number: number): void {
  const nodeId = coerceNodeId(`ns=${machine.index(MACHINERY)};${id}`);
  machine.show(TRANSITION, scalar(DataType.LocalizedText, { text: "it" }));
  machine.show(`${TRANSITION}/Id`, scalar(DataType.NodeId, nodeId));
  machine.show(`${TRANSITION}/Number`, scalar(DataType.UInt32, number));
}

export const BROKEN: readonly Broken[] = [
  ["nothing", () => undefined],
  [
    "circle",
    (it) => it.object("Monitoring").addReference({ referenceType: "Organizes", nodeId: it.machine }),
  ],
  ["property gone", (it) => it.remove("Identification/SerialNumber"), "mandatory Identification"],
  ["identification gone", (it) => it.remove("Identification"), "identification ", "mandatory "],
  [
    "identification of another type",
    (it) => {
      it.remove("Identification");
      add(it, "", "Identification", ["FolderType", UA, NAMESPACE.di]);
    },
    "identification ",
    "mandatory Identification",
    "mandatory Identification",
    "mandatory Identification",
    "reference-type Identification",
    "type-definition Identification",
  ],
  [
    "no type",
    (it) => {
      const untyped = add(it, "Monitoring", "Untyped", ["FolderType", UA, OWN]);
      Object.defineProperty(untyped, "typeDefinition", { value: coerceNodeId("ns=0;i=999999") });
    },
    "type-unknown Monitoring/Untyped",
  ],
  [
    "asked for by a placeholder alone",
    (it) => it.remove("Monitoring/Stacklight/GreenLight/SignalColor"),
    "mandatory Monitoring/Stacklight/GreenLight",
  ],
  [
    "other namespace",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["EquipmentType", MT, OWN]);
    },
    "mandatory ",
  ],
  [
    "asked for by an interface",
    (it) => {
      const nodeId = it.nodes.objectType("IMachineryEquipmentType", MACHINERY);
      it.object("Equipment").addReference({ referenceType: "HasInterface", nodeId });
    },
    "mandatory Equipment",
  ],
  [
    "nothing for a placeholder",
    (it) => void add(it, "Identification", "SoftwareIdentification", ["BaseObjectType", UA, MT]),
    "placeholder Identification/SoftwareIdentification",
  ],
  [
    "nothing of the placeholder's type",
    (it) => {
      add(it, "Identification", "SoftwareIdentification", ["BaseObjectType", UA, MT]);
      add(it, "Identification/SoftwareIdentification", "Control", ["FolderType", UA, OWN]);
    },
    "placeholder Identification/SoftwareIdentification",
  ],
  [
    "object for a Variable",
    (it) => {
      it.remove(MODE);
      add(it, "Monitoring/MachineTool", "OperationMode", ["BaseObjectType", UA, MT]);
    },
    `node-class ${MODE}`,
  ],
  [
    "other type",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["FolderType", UA, MT]);
    },
    "type-definition Equipment",
  ],
  [
    "abstract type",
    (it) => void add(it, "Monitoring", "Abstract", ["BaseInterfaceType", UA, OWN]),
    "type-abstract Monitoring/Abstract",
  ],
  [
    "other reference",
    (it) => {
      it.remove("Equipment");
      add(it, "", "Equipment", ["EquipmentType", MT, MT], "organizedBy");
    },
    "reference-type Equipment",
  ],
  [
    "other data type, with a value of it",
    (it) => {
      it.variable("Identification/SerialNumber").dataType = coerceNodeId("ns=0;i=6");
      it.show("Identification/SerialNumber", scalar(DataType.Int32, 1));
    },
    "data-type Identification/SerialNumber",
  ],
  [
    "value of another type",
    (it) => it.show("Identification/SerialNumber", scalar(DataType.Int32, 1)),
    "value-type Identification/SerialNumber",
  ],
  ["value of another structure", (it) => it.show(RANGE, unit({})), `value-type ${RANGE}`],
  [
    "array where a scalar is declared",
    (it) => {
      it.variable("Identification/SerialNumber").valueRank = 1;
      it.show("Identification/SerialNumber", {
        dataType: DataType.String,
        arrayType: VariantArrayType.Array,
        value: ["1"],
      });
    },
    "value-rank Identification/SerialNumber",
  ],
  [
    "array in a scalar",
    (it) =>
      it.show("Identification/SerialNumber", {
        dataType: DataType.String,
        arrayType: VariantArrayType.Array,
        value: ["1"],
      }),
    "value-shape Identification/SerialNumber",
  ],
  [
    "null",
    (it) => it.show("Identification/Model", { dataType: DataType.Null }),
    "value-null Identification/Model",
  ],
  [
    "null of a type",
    (it) => it.show("Identification/ProductCode", scalar(DataType.String, null)),
    "value-null Identification/ProductCode",
  ],
  [
    "bad",
    (it) => it.show("Identification/SerialNumber", text("1"), StatusCodes.BadDeviceFailure),
    "value-status Identification/SerialNumber",
  ],
  [
    "uncertain, which is allowed",
    (it) => it.show("Identification/SerialNumber", text("1"), StatusCodes.UncertainLastUsableValue),
  ],
  ["beyond the enumeration", (it) => it.show(MODE, scalar(DataType.Int32, 6)), `enumeration ${MODE}`],
  ["below the enumeration", (it) => it.show(MODE, scalar(DataType.Int32, -1)), `enumeration ${MODE}`],
  ["unit gone", (it) => it.remove(UNIT), "mandatory Monitoring/Process/spindle-power"],
  ["unit null", (it) => it.show(UNIT, { dataType: DataType.Null }), `value-null ${UNIT}`],
  ["unit of another list", (it) => it.show(UNIT, unit({ namespaceUri: "urn:units" })), `unit ${UNIT}`],
  ["unit without a code", (it) => it.show(UNIT, unit({ unitId: -1 })), `unit ${UNIT}`],
  ["range gone", (it) => it.remove(RANGE), "mandatory Monitoring/Process/spindle-power"],
  ["range reversed", (it) => it.show(RANGE, range(it, 30, 0)), `range ${RANGE}`],
  ["range empty", (it) => it.show(RANGE, range(it, 0, 0)), `range ${RANGE}`],
  [
    "value outside of its range",
    (it) => it.show(RANGE, range(it, 0, 6)),
    "range-value Monitoring/Process/spindle-power",
  ],
  [
    "state of another type",
    (it) => it.show(`${STATE}/Id`, scalar(DataType.NodeId, coerceNodeId("ns=0;i=2930"))),
    `state-id ${STATE}`,
  ],
  [
    "number of another state",
    (it) => it.show(`${STATE}/Number`, scalar(DataType.UInt32, 99)),
    `state-number ${STATE}`,
  ],
  ["state without a number", (it) => it.remove(`${STATE}/Number`), `state-number-missing ${STATE}`],
  [
    "number gone where it is mandatory",
    (it) => it.remove("Production/ActiveProgram/State/CurrentState/Number"),
    "mandatory Production/ActiveProgram/State/CurrentState",
    "state-number-missing Production/ActiveProgram/State/CurrentState",
  ],
  ["no transition so far", (it) => addLastTransition(it)],
  [
    "a transition of the type",
    (it) => {
      addLastTransition(it);
      showTransition(it, TO_EXECUTING, numberOf(it, TO_EXECUTING));
    },
  ],
  [
    "a state for a transition",
    (it) => {
      addLastTransition(it);
      showTransition(it, EXECUTING, 1);
    },
    `transition-id ${TRANSITION}`,
  ],
  [
    "number of another transition",
    (it) => {
      addLastTransition(it);
      showTransition(it, TO_EXECUTING, 99);
    },
    `transition-number ${TRANSITION}`,
  ],
];
