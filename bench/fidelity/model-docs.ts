import { z } from "zod";
import { CNC_FAULTS } from "../../src/equipment/cnc/faults/catalogue.ts";
import type { CommandHead } from "../../src/equipment/command.ts";
import type { Unit } from "../../src/equipment/unit.ts";
import type { Catalog } from "../../src/plant/catalog.ts";
import type { Signal } from "../../src/signal/signal.ts";
import { FastRun, planFleet } from "./fleet.ts";
import { libraryFiles, libraryWith } from "./library.ts";
import { SOURCE_LEGEND, sourceOf } from "./signal-sources.ts";
import { markdown } from "./table.ts";
import { headComment, yamlSections, type Parameter, type Section } from "./yaml-parameters.ts";

const NO_PHYSICS = new Set(["taktwerk-model", "kind", "title", "nameplate"]);
const NAMESPACE = "urn:taktwerk:unit";
const ASSUMED = "_assumed_";

/** A page about each machine model of the library, by the name of its file. */
export function modelPages(): ReadonlyMap<string, string> {
  const catalog = libraryWith();
  const pages = new Map<string, string>();
  for (const { reference, kind, title } of catalog.list()) {
    if (kind === "cnc") pages.set(`${reference.split("/").pop()}.md`, page(reference, title, catalog));
  }
  return pages;
}

function page(reference: string, title: string, catalog: Catalog): string {
  const { text } = libraryFiles().find((it) => it.reference === reference)!;
  const programs = programsOf(reference, catalog);
  const line = { model: reference, program: programs[0]!.reference, count: 1, name: "cnc" };
  const { unit } = new FastRun(planFleet([line], catalog)[0]!, 1).cell;
  const parts = [
    `# ${title}`,
    `<!-- Written by npm run docs:models from models/${reference}.yaml and the machine itself; do not edit. -->`,
    `Model \`${reference}\`. ${headComment(text)} What nobody measured says ${ASSUMED}.`,
    "## Nameplate",
    nameplate(unit),
    "## Signals",
    `Node ids stand in the namespace \`${NAMESPACE}\` and begin with the unit's name, here \`cnc-01\`.`,
    markdown(["source", "what it is"], SOURCE_LEGEND),
    ...signals(unit),
    "## Conditions",
    conditions(unit),
    "## Faults",
    "Each changes causes and never a condition. Life is Weibull over operating hours, repair lognormal; both _assumed_.",
    faults(),
    "## Commands",
    commands(unit.commands),
    "## Programs it can run",
    markdown(
      ["reference", "what", "material", "tools", "operations"],
      programs.map((it) => [
        `\`${it.reference}\``,
        it.title,
        it.material,
        String(it.tools),
        String(it.operations),
      ]),
    ),
    "## Physics parameters",
    ...yamlSections(text, NO_PHYSICS).flatMap(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

interface ProgramHead {
  readonly reference: string;
  readonly title: string;
  readonly material: string;
  readonly tools: number;
  readonly operations: number;
}

/** Programs that planning accepts for a model. */
function programsOf(model: string, catalog: Catalog): ProgramHead[] {
  const place = { file: "docs" };
  const machine = catalog.machine(model, place);
  return catalog.list().flatMap(({ reference, kind, title }) => {
    if (kind !== "program") return [];
    try {
      const { program, material } = catalog.workpiece(reference, machine, place);
      const tools = Object.keys(program.tools).length;
      return [{ reference, title, material: material.title, tools, operations: program.operations.length }];
    } catch {
      // Refused, which a scenario's author would be told.
      return [];
    }
  });
}

function nameplate({ nameplate: plate, components }: Unit): string {
  const { manufacturer, model, productCode, deviceClass, hardwareRevision, softwareRevision } = plate;
  const rows = [
    ["manufacturer", manufacturer],
    ["model", model],
    ["product code", productCode],
    ["device class", deviceClass],
    ["hardware, software revision", `${hardwareRevision}, ${softwareRevision}`],
    ["components", components.map((it) => it.title).join(", ")],
  ];
  return markdown(["field", "value"], rows);
}

function signals({ groups, conditions: watched }: Unit): string[] {
  const ids = new Set(watched.map(({ head }) => head.id));
  const head = [
    "signal",
    "what it is, and its cause",
    "unit",
    "range",
    "type",
    "node id",
    "source of its numbers",
  ];
  return groups.flatMap(({ poll, signals: published }) => [
    `### Group ${poll.id}, every ${poll.period_s} s`,
    markdown(
      head,
      published.map((signal) => [
        `\`${signal.id}\``,
        signal.description,
        ...measure(signal),
        signal.type,
        `\`s=cnc-01/${signal.id}\``,
        sourceOf(signal.id, ids),
      ]),
    ),
  ]);
}

function measure(signal: Signal): [unit: string, range: string] {
  if (!("truth" in signal)) return ["", ""];
  const { unit, range } = signal;
  return [unit?.symbol ?? "", range ? `${rounded(range.low)} … ${rounded(range.high)}` : ""];
}

const rounded = (value: number): string => String(Number(value.toPrecision(8)));

function conditions({ conditions: watched }: Unit): string {
  const rows = watched.map(({ head }) => [
    `\`${head.id}\``,
    head.description,
    `${head.code} ${head.message}`,
    String(head.severity),
    head.category,
    `\`${head.signal}\``,
  ]);
  return markdown(["condition", "what raises it", "alarm", "severity", "class", "signal"], rows);
}

function faults(): string {
  const rows = CNC_FAULTS.map(({ id, description, raises, parameters, onset_s, reliability }) => [
    `\`${id}\``,
    description,
    raises.map((it) => `\`${it}\``).join(", "),
    parameterTexts(parameters).join("; "),
    `${onset_s} s`,
    reliability ? `β ${reliability.shape}, η ${reliability.scale_h} h` : "by use, or injected",
    reliability ? `median ${reliability.repair.median_h} h, σ ${reliability.repair.logDeviation}` : "",
  ]);
  const head = ["fault", "what happens", "raises", "parameters", "sets in over", "life", "repair"];
  return markdown(head, rows);
}

/** "`severity` (1): how bad it is" */
function parameterTexts(schema: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, default: usual } = property as { description?: string; default?: unknown };
    const text = `\`${name}\`${usual === undefined ? "" : ` (${String(usual)})`}`;
    return description === undefined ? text : `${text}: ${description}`;
  });
}

function commands(heads: readonly CommandHead[]): string {
  const rows = heads.map((head) => [
    `\`${head.name}\``,
    head.description,
    head.arguments.map((it) => `\`${it.name}\`: ${it.description}`).join("; "),
  ]);
  return markdown(["command", "what it does", "arguments"], rows);
}

function section({ title, comment, parameters }: Section): string[] {
  const intro = comment === "" ? [] : [`${comment[0]!.toUpperCase()}${comment.slice(1)}.`];
  const rows = parameters.map((it) => [it.name, values(it), source(it, comment)]);
  return [`### ${title}`, ...intro, markdown(["parameter", "value", "source"], rows)];
}

const values = ({ values: all, name }: Parameter): string =>
  all.map((it) => `${it.name === name ? "" : `${it.name} `}${it.value} ${it.unit}`.trim()).join(", ");

/** What a comment says; whatever no measurement is named for is assumed. */
function source({ comment, values: all }: Parameter, said: string): string {
  if (/measured/.test(comment)) return all.length > 1 ? `${comment}; the others ${ASSUMED}` : comment;
  const own = comment
    .replace(/[;,]?\s*assumed\b/, "")
    .replace(/\.$/, "")
    .trim();
  const typical = /assumed/.test(comment + said) ? "" : "typical of its class";
  return [own, typical, ASSUMED].filter((it) => it !== "").join("; ");
}
