/** The example of a fault on the wire in docs/creating-faults.md compiles, and does what the page says. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RandomKey } from "../../src/engine/random.ts";
import type { MqttSnLink } from "../../src/fault/mqttsn/mqttsn-link.ts";
import type { WireFaultKind } from "../../src/fault/wire-fault-kind.ts";
import { FaultyLink } from "../../src/protocol/mqttsn/faulty-link.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

// In the repository, where the compiler finds its settings and zod.
const folder = mkdtempSync(path.resolve("test/fault/.docs-"));
const file = path.join(folder, "motor-noise.ts");

beforeAll(() => {
  const page = readFileSync("docs/creating-faults.md", "utf8");
  const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const example = examples.find((it) => it.includes("export const motorNoise"));
  writeFileSync(file, example!.replaceAll('"../src/', '"../../../src/'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test("it compiles under the project's own rules", () => {
  writeFileSync(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.json", include: [], files: [file] }),
  );
  const compiler = path.resolve("node_modules/typescript/bin/tsc");
  expect(() =>
    execFileSync(process.execPath, [compiler, "--noEmit", "-p", folder], { encoding: "utf8", stdio: "pipe" }),
  ).not.toThrow();
}, 60_000);

test("it swallows and damages as many datagrams as it says", async () => {
  const { motorNoise } = (await import(pathToFileURL(file).href)) as {
    motorNoise: WireFaultKind<MqttSnLink>;
  };
  const wire = new MemoryTransport();
  const link = new FaultyLink(RandomKey.root(1).stream());
  const transport = link.wrap(wire);
  const sendMany = (): void => {
    wire.sent.length = 0;
    for (let i = 0; i < 1000; i++) transport.send(new Uint8Array([7, 7, 7]));
  };
  const effect = await motorNoise.begin(link, { ratio: 0.2 });
  sendMany();
  const damaged = wire.sent.filter((datagram) => datagram.some((octet) => octet !== 7));
  expect([Math.round((1000 - wire.sent.length) / 100), Math.round(damaged.length / 100)]).toEqual([2, 2]);
  await effect.clear();
  sendMany();
  expect(wire.sent).toEqual(Array.from({ length: 1000 }, () => new Uint8Array([7, 7, 7])));
});
