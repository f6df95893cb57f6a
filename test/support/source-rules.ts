/** The house's rules on source text, as functions from files to complaints; `test/tidy.test.ts` applies them. */
import { dirname, join, normalize } from "node:path/posix";
import { parseSync } from "vite";

export interface SourceFile {
  /** Relative to the repository, forward slashes: "src/engine/calendar.ts" */
  readonly path: string;
  readonly text: string;
}

export interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

const PORT = "protocol/port";
const ENGINE_UP = ["engine"];
const SIGNAL_UP = [...ENGINE_UP, "signal"];
const EQUIPMENT_UP = [...SIGNAL_UP, "equipment"];
const PLANT_UP = [...EQUIPMENT_UP, "plant", PORT];
const FAULT_UP = [...PLANT_UP, "fault"];
const MEASURING = ["load", "oracle", "engine", PORT, "protocol/dataset"];
const SCENARIO_UP = [...FAULT_UP, "load", "oracle", "scenario", "protocol/dataset"];
const RUNTIME_UP = [...SCENARIO_UP, "protocol", "runtime"];
const CONTAINMENT = "protocol/containment";
const MQTT_WIRE = "protocol/mqtt-wire";
const ADAPTER = [
  ...[PORT, "protocol/dataset", CONTAINMENT, MQTT_WIRE],
  ...["engine/random", "engine/digest", "engine/glob"],
];

/** What a room may import, by path prefix below src; the longest matching key decides. Own room included. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  errors: [],
  index: ["runtime", "scenario", "report"],
  engine: ENGINE_UP,
  signal: SIGNAL_UP,
  equipment: EQUIPMENT_UP,
  plant: PLANT_UP,
  fault: FAULT_UP,
  [PORT]: [],
  "protocol/dataset": [PORT],
  [CONTAINMENT]: [],
  [MQTT_WIRE]: [CONTAINMENT, MQTT_WIRE],
  "protocol/opcua": [...ADAPTER, "protocol/opcua"],
  "protocol/mqttsn": [...ADAPTER, "protocol/mqttsn"],
  "protocol/tcp": [...ADAPTER, "protocol/tcp"],
  "protocol/mqtt": [...ADAPTER, "protocol/mqtt"],
  "protocol/vda5050": [...ADAPTER, "protocol/vda5050"],
  "protocol/pubsub": [...ADAPTER, "protocol/pubsub"],
  load: MEASURING,
  oracle: MEASURING,
  scenario: SCENARIO_UP,
  runtime: RUNTIME_UP,
  report: ["report", "runtime/result"],
  tui: ["tui", "runtime", "scenario", "report"],
  cli: ["cli", "tui", "runtime", "scenario", "report"],
};

const DETERMINISTIC = ["engine", "signal", "equipment"];
const WITHOUT_WALL_CLOCK = [...DETERMINISTIC, "plant", "fault", "scenario", "load", "oracle"];
/** Exact in every engine, by IEEE 754 or by their definition on integers. */
const EXACT_MATH = new Set(
  "sqrt abs floor ceil round trunc sign min max imul clz32 fround PI E LN2 LN10 SQRT2".split(" "),
);
const WALL_CLOCK = new Set("Date performance setTimeout setInterval setImmediate".split(" "));

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const inRoom = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);

/** "src/engine/calendar.ts" -> "engine/calendar" */
const moduleName = (path: string): string => path.replace(/^src\//, "").replace(/\.tsx?$/, "");

export function importsOf(file: SourceFile): { module: string; line: number }[] {
  const found: { module: string; line: number }[] = [];
  for (const match of file.text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    const target = normalize(join(dirname(file.path), match[1] ?? ""));
    found.push({ module: moduleName(target), line: lineAt(file.text, match.index) });
  }
  return found;
}

export function checkImports(file: SourceFile): Complaint[] {
  const module = moduleName(file.path);
  const key = Object.keys(MAY_IMPORT)
    .filter((room) => inRoom(module, room))
    .sort((a, b) => b.length - a.length)[0];
  if (key === undefined) return [{ file: file.path, line: 1, rule: "stands in no room of the house" }];
  const allowed = MAY_IMPORT[key] ?? [];
  return importsOf(file)
    .filter((it) => it.module !== "errors" && !allowed.some((room) => inRoom(it.module, room)))
    .map((it) => ({ file: file.path, line: it.line, rule: `${key} may not import ${it.module}` }));
}

/** One complaint for each import that closes a circle. */
export function checkCircles(files: readonly SourceFile[]): Complaint[] {
  const byModule = new Map(files.map((file) => [moduleName(file.path), file]));
  const done = new Set<string>();
  const open: string[] = [];
  const complaints: Complaint[] = [];
  const visit = (module: string): void => {
    const file = byModule.get(module);
    if (done.has(module) || !file) return;
    open.push(module);
    for (const it of importsOf(file)) {
      const from = open.indexOf(it.module);
      if (from < 0) visit(it.module);
      else {
        const circle = [...open.slice(from), it.module].join(" -> ");
        complaints.push({ file: file.path, line: it.line, rule: `closes the circle ${circle}` });
      }
    }
    open.pop();
    done.add(module);
  };
  for (const module of byModule.keys()) visit(module);
  return complaints;
}

export function checkLengths(file: SourceFile): Complaint[] {
  const complaints: Complaint[] = [];
  const lines = file.text.split("\n").length - 1;
  if (lines > FILE_LINES_MAX) {
    complaints.push({ file: file.path, line: 1, rule: `file of ${lines} lines, at most ${FILE_LINES_MAX}` });
  }
  walk(file, (node) => {
    if (!/Function|ArrowFunctionExpression/.test(node.type) || !node["body"]) return;
    const first = lineAt(file.text, node.start);
    const length = lineAt(file.text, node.end) - first + 1;
    if (length > FUNCTION_LINES_MAX) {
      const rule = `function of ${length} lines, at most ${FUNCTION_LINES_MAX}`;
      complaints.push({ file: file.path, line: first, rule });
    }
  });
  return complaints;
}

/** Bans what would make two machines disagree: inexact Math, `**`, and the wall clock. */
export function checkDeterminism(file: SourceFile): Complaint[] {
  const module = moduleName(file.path);
  const exact = DETERMINISTIC.some((room) => inRoom(module, room));
  const timeless = WITHOUT_WALL_CLOCK.some((room) => inRoom(module, room));
  const complaints: Complaint[] = [];
  const timelessDates = new Set<unknown>();
  const complain = (node: Node, rule: string): void => {
    complaints.push({ file: file.path, line: lineAt(file.text, node.start), rule });
  };
  walk(file, (node) => {
    const object = node["object"] as Node | undefined;
    if (exact && node.type === "MemberExpression" && object?.["name"] === "Math") {
      const name = (node["property"] as Node)["name"] as string | undefined;
      if (name === undefined || !EXACT_MATH.has(name)) {
        complain(node, `Math.${name ?? "[…]"} differs between engines; use engine/math.ts`);
      }
    }
    if (
      exact &&
      /BinaryExpression|AssignmentExpression/.test(node.type) &&
      /^\*\*/.test(`${node["operator"]}`)
    ) {
      complain(node, "** differs between engines; use engine/math.ts");
    }
    if (object?.["name"] === "Date" && /^(parse|UTC)$/.test(`${(node["property"] as Node)["name"]}`))
      timelessDates.add(object);
    if (
      timeless &&
      node.type === "Identifier" &&
      !timelessDates.has(node) &&
      WALL_CLOCK.has(node["name"] as string)
    ) {
      complain(node, `${node["name"]} is wall time; only the pacer may look at it`);
    }
  });
  return complaints;
}

/** What `peer` finds, and what another file of `test/support` exports of it. */
const PEER = /(?:const (\w+) = peer\()|(?:import \{ (chromium)\b)/g;

/** A test is skipped where a program is not installed, which is an error in CI; for nothing else. */
export function checkSkips(file: SourceFile): Complaint[] {
  const peers = new Set([...file.text.matchAll(PEER)].map(([, own, imported]) => own ?? imported));
  const complaints: Complaint[] = [];
  walk(file, (node) => {
    const name = ((node["property"] as Node | undefined)?.["name"] ?? "") as string;
    const owner = (node["object"] as Node | undefined)?.["name"];
    if (!/^(test|it|describe|suite)$/.test(String(owner)) || !/^(skip|skipIf|runIf|only|todo)$/.test(name))
      return;
    const condition = /^\(([^()]*)\)/.exec(file.text.slice(node.end))?.[1] ?? "";
    const isPeer = name === "skipIf" && condition.split(" || ").every((it) => peers.has(it.replace("!", "")));
    if (!isPeer) {
      const rule = `${name} leaves tests out; only skipIf(!program), with a program of peer(), may`;
      complaints.push({ file: file.path, line: lineAt(file.text, node.start), rule });
    }
  });
  return complaints;
}

function walk(file: SourceFile, visit: (node: Node) => void): void {
  const parsed = parseSync(file.path, file.text);
  const descend = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(descend);
    else if (value !== null && typeof value === "object") {
      if (typeof (value as Node).type === "string") visit(value as Node);
      Object.values(value).forEach(descend);
    }
  };
  descend(parsed.program);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < offset; i = text.indexOf("\n", i + 1)) line++;
  return line;
}
