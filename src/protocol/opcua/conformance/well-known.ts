/** Node ids of the standard that the checker has to know, as its keys are written; everything else it reads. */

export const WELL_KNOWN = {
  references: "ns=0;i=31",
  hierarchicalReferences: "ns=0;i=33",
  hasModellingRule: "ns=0;i=37",
  hasSubtype: "ns=0;i=45",
  hasInterface: "ns=0;i=17603",
  baseDataType: "ns=0;i=24",
  enumeration: "ns=0;i=29",
  euInformation: "ns=0;i=887",
  range: "ns=0;i=884",
  generatesEvent: "ns=0;i=41",
  baseEventType: "ns=0;i=2041",
  stateType: "ns=0;i=2307",
  finiteStateMachineType: "ns=0;i=2771",
  finiteStateVariableType: "ns=0;i=2760",
  transitionType: "ns=0;i=2310",
  transitionVariableType: "ns=0;i=2762",
  finiteTransitionVariableType: "ns=0;i=2767",
  namespaceArray: "ns=0;i=2255",
  namespaces: "ns=0;i=11715",
  serverProfileArray: "ns=0;i=2269",
  maxNodesPerRead: "ns=0;i=11705",
  maxNodesPerBrowse: "ns=0;i=11710",
} as const;

export type ModellingRule = "Mandatory" | "Optional" | "MandatoryPlaceholder" | "OptionalPlaceholder";

/** ExposesItsArray is left out: it asks nothing of an instance. */
export const MODELLING_RULES: Readonly<Record<string, ModellingRule>> = {
  "ns=0;i=78": "Mandatory",
  "ns=0;i=80": "Optional",
  "ns=0;i=11510": "MandatoryPlaceholder",
  "ns=0;i=11508": "OptionalPlaceholder",
};

export const DI = "http://opcfoundation.org/UA/DI/";
export const MACHINERY = "http://opcfoundation.org/UA/Machinery/";
export const UNECE = "http://www.opcfoundation.org/UA/units/un/cefact";
