/** A unit's own commands as Methods of an object Control below its machine. */
import type { UAObject } from "node-opcua";

import type { CommandDescription, Value } from "../port.ts";
import { callResult } from "./commands.ts";
import { permitCalling } from "./permissions.ts";
import { dataTypeOf } from "./live-values.ts";
import type { UnitNodes } from "./unit-nodes.ts";

/** Adds the object Control with a Method for each command; a unit without commands gets none. */
export function addMethods(nodes: UnitNodes, machine: UAObject): void {
  if (nodes.unit.commands.length === 0) return;
  const control = nodes.namespace.addObject({
    browseName: "Control",
    description: "What the machine's panel offers; each call is a command to the twin.",
    componentOf: machine,
    nodeId: nodes.nodeId("Control"),
  });
  for (const command of nodes.unit.commands) addMethod(nodes, control, command);
}

/** "set-override" is SetOverride, an argument "percent" is Percent. */
const methodName = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** The library holds arguments against their types before it calls: BadArgumentsMissing, BadInvalidArgument. */
function addMethod(nodes: UnitNodes, control: UAObject, command: CommandDescription): void {
  const { name, title, description, arguments: wanted } = command;
  const browseName = methodName(name);
  const method = nodes.namespace.addMethod(control, {
    browseName,
    displayName: title,
    description,
    nodeId: nodes.nodeId(`Control/${browseName}`),
    inputArguments: wanted.map((argument) => ({
      name: methodName(argument.name),
      description: { text: argument.description },
      dataType: dataTypeOf(argument.type),
      valueRank: -1,
    })),
    outputArguments: [],
  });
  method.bindMethod((given, _context, done) => {
    // Of these types only a String can be null on the wire; it is an empty one then.
    const named = wanted.map((argument, i): [string, Value] => [argument.name, given[i]!.value ?? ""]);
    const result = nodes.port.command(nodes.unit.name, { name, arguments: Object.fromEntries(named) });
    done(null, callResult(result));
  });
  permitCalling(method);
}
