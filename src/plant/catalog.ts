import { z } from "zod";
import { CodedError, CodedErrors, suggest, type SourcePlace } from "../errors.ts";
import { cncModelSchema, type CncModel } from "../equipment/cnc/cnc-model.ts";
import { organisationSchema, type Organisation } from "../equipment/cnc/organisation.ts";
import {
  checkProgram,
  materialSchema,
  partProgramSchema,
  type Workpiece,
} from "../equipment/cnc/part-program.ts";
import { SourceDocument } from "./document.ts";
import { validate } from "./validate.ts";

/** A file of the model library: `reference` is its path without ".yaml", as scenarios name it. */
export interface ModelFile {
  readonly reference: string;
  readonly file: string;
  readonly text: string;
}

export interface CatalogEntry {
  readonly reference: string;
  readonly kind: string;
  readonly title: string;
}

const FORMAT_VERSION = 1;

const headSchema = z.looseObject({
  "taktwerk-model": z.literal(FORMAT_VERSION).describe("version of the file format"),
  kind: z.enum(["cnc", "program", "material", "operation"]).describe("what the file describes"),
  title: z.string().min(1).describe("what people call it"),
});

/** The model library: machine models, part programs and materials, validated when they are asked for. */
export class Catalog {
  readonly #files: ReadonlyMap<string, ModelFile>;
  readonly #memories = new Map<string, readonly Workpiece[]>();
  readonly #documents = new Map<string, SourceDocument>();

  constructor(files: readonly ModelFile[]) {
    this.#files = new Map(files.map((file) => [file.reference, file]));
  }

  /** @throws CodedErrors when a file of the library is broken */
  list(): CatalogEntry[] {
    return [...this.#files.keys()].sort().map((reference) => {
      const head = validate(this.#document(reference), headSchema);
      return { reference, kind: head.kind, title: head.title };
    });
  }

  /** @param place  where the reference stands. @throws CodedError `unknown-model` */
  machine(reference: string, place: SourcePlace): CncModel {
    this.#demand("cnc", "unknown-model", "machine model", reference, place);
    return this.#read(reference, cncModelSchema);
  }

  /**
   * The program, with its material, for a machine model; without a model it is not held against one.
   *
   * @throws CodedError `unknown-program`; CodedErrors `invalid-value` when the machine cannot run it
   */
  workpiece(reference: string, model: CncModel | undefined, place: SourcePlace): Workpiece {
    this.#demand("program", "unknown-program", "part program", reference, place);
    const document = this.#document(reference);
    const program = this.#read(reference, partProgramSchema);
    this.#demand("material", "invalid-value", "material", program.material, document.place(["material"]));
    const workpiece = { program, material: this.#read(program.material, materialSchema) };
    const complaints = model ? checkProgram(workpiece, model) : [];
    if (model && complaints.length > 0) {
      throw new CodedErrors(
        complaints.map(({ path, text }) => {
          const value = path.reduce((data: unknown, key) => (data as Record<string, unknown>)[key], program);
          const what = `"${path.at(-1)}" cannot be ${JSON.stringify(value)}: ${text}`;
          const fix = `${model.title} cannot run ${reference} so; change the program or choose another machine.`;
          return new CodedError("invalid-value", what, fix, document.place(path));
        }),
      );
    }
    return workpiece;
  }

  /** @param place  where the reference stands. @throws CodedError `unknown-operation` */
  organisation(reference: string, place: SourcePlace): Organisation {
    this.#demand("operation", "unknown-operation", "way of operation", reference, place);
    return this.#read(reference, organisationSchema);
  }

  /**
   * What a machine has in its memory: the named program first, then every other of the library that it can run.
   *
   * @throws as `workpiece`
   */
  memory(reference: string, model: CncModel | undefined, place: SourcePlace): readonly Workpiece[] {
    const key = `${reference} on ${model?.title}`;
    const known = this.#memories.get(key);
    if (known) return known;
    const first = this.workpiece(reference, model, place);
    const others = this.list()
      .filter((entry) => entry.kind === "program" && entry.reference !== reference)
      .map((entry) => this.workpiece(entry.reference, undefined, place))
      .filter((workpiece) => model && checkProgram(workpiece, model).length === 0);
    const memory = [first, ...others];
    this.#memories.set(key, memory);
    return memory;
  }

  #demand(
    kind: string,
    code: "unknown-model" | "unknown-program" | "unknown-operation" | "invalid-value",
    what: string,
    reference: string,
    place: SourcePlace,
  ): void {
    const known = this.list().filter((entry) => entry.kind === kind);
    if (known.some((entry) => entry.reference === reference)) return;
    const fix = suggest(
      reference,
      known.map((entry) => entry.reference),
    );
    throw new CodedError(code, `there is no ${what} ${JSON.stringify(reference)}`, fix, place);
  }

  #read<T>(reference: string, schema: z.ZodType<T>): T {
    const document = this.#document(reference);
    validate(document, headSchema);
    const { "taktwerk-model": _version, ...data } = document.data as Record<string, unknown>;
    return validate(document, schema, data);
  }

  #document(reference: string): SourceDocument {
    const known = this.#documents.get(reference);
    if (known) return known;
    const { file, text } = this.#files.get(reference)!;
    const document = SourceDocument.parse(file, text);
    this.#documents.set(reference, document);
    return document;
  }
}
