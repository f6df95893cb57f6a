import { AttributeIds, BinaryStream, NodeClass } from "node-opcua";
import type { AddressSpace, Variant } from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";

import { mendValues } from "../../../src/protocol/opcua/library-mends.ts";
import { nodesetSpace } from "../../support/opcua-space.ts";

let space: AddressSpace;
beforeAll(async () => {
  space = await nodesetSpace();
});
afterAll(() => space.dispose());

const values = (): Variant[] =>
  space
    .getNamespaceArray()
    .flatMap((namespace) => [...namespace.nodeIterator()])
    .filter(({ nodeClass }) => nodeClass === NodeClass.Variable || nodeClass === NodeClass.VariableType)
    .map((node) => node.readAttribute(null, AttributeIds.Value).value)
    .filter(Boolean);

const encodeAll = (): void =>
  values().forEach((value) => value.encode(new BinaryStream(value.binaryStoreSize())));

test("values that the library cannot send are taken away, once", () => {
  expect(encodeAll).toThrow();
  const result = space.getNamespaceIndex("http://opcfoundation.org/UA/Machinery/Result/");
  expect(mendValues(space)).toContain(`ns=${result};i=6056`);
  expect(encodeAll).not.toThrow();
  expect(mendValues(space)).toEqual([]);
});
