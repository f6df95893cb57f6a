/** What a server says of its namespaces (Part 5, NamespaceMetadataType), and of those whose nodeset forgot to. */
import { DataType, ObjectIds, VariantArrayType, coerceNodeId } from "node-opcua";
import type { AddressSpace, Namespace, UAObject, UAVariable, VariantOptions } from "node-opcua";

interface NamespaceFacts {
  readonly uri: string;
  readonly version: string;
  readonly published: Date;
  /** Whether a server has some of its nodes only */
  readonly isSubset: boolean;
  readonly staticNodeIdTypes: readonly number[];
}

const FOUNDATION = "http://opcfoundation.org/UA/";
const NUMERIC = 0;

/** Adds the object below Server/Namespaces, as s=Namespace of the namespace that it is about. @returns its Variables */
export function addNamespaceMetadata(
  space: AddressSpace,
  namespace: Namespace,
  { uri, version, published, isSubset, staticNodeIdTypes }: NamespaceFacts,
): UAVariable[] {
  const metadata = space.findObjectType("NamespaceMetadataType")!.instantiate({
    browseName: { name: uri, namespaceIndex: namespace.index },
    componentOf: coerceNodeId(ObjectIds.Server_Namespaces),
    namespace,
    nodeId: "s=Namespace",
  });
  const text = (value: string): VariantOptions => ({ dataType: DataType.String, value });
  const list = (dataType: DataType, value: readonly number[]): VariantOptions => ({
    dataType,
    arrayType: VariantArrayType.Array,
    value: [...value],
  });
  const values = {
    NamespaceUri: text(uri),
    NamespaceVersion: text(version),
    NamespacePublicationDate: { dataType: DataType.DateTime, value: published },
    IsNamespaceSubset: { dataType: DataType.Boolean, value: isSubset },
    StaticNodeIdTypes: list(DataType.Int32, staticNodeIdTypes),
    StaticNumericNodeIdRange: list(DataType.String, []),
    StaticStringNodeIdPattern: text(""),
  };
  return Object.entries(values).map(([name, value]) => {
    const variable = metadata.getPropertyByName(name)!;
    variable.setValueFromSource(value);
    return variable;
  });
}

/** Part 5 asks for metadata of every namespace; a nodeset of 2017 (CNC) has none, so it gets what its model says. */
export function addMissingMetadata(space: AddressSpace): void {
  const folder = space.findNode(coerceNodeId(ObjectIds.Server_Namespaces)) as UAObject;
  const described = new Set(folder.getComponents().map(({ browseName }) => browseName.name));
  for (const namespace of space.getNamespaceArray() as Namespace[]) {
    const { namespaceUri: uri, version, publicationDate } = namespace;
    if (!uri.startsWith(FOUNDATION) || uri === FOUNDATION || described.has(uri)) continue;
    if (!publicationDate) continue;
    const facts = { uri, version, published: publicationDate, isSubset: false, staticNodeIdTypes: [NUMERIC] };
    addNamespaceMetadata(space, namespace, facts);
  }
}
