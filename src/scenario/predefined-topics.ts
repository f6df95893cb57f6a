import { CodedError, type SourcePlace } from "../errors.ts";
import { SourceDocument } from "../plant/document.ts";
import { validate } from "../plant/validate.ts";
import { predefinedSchema } from "./schema.ts";

/**
 * Reads a file of pre-defined topics: a YAML map from topic to id.
 *
 * @throws CodedError, CodedErrors for everything that is wrong with it
 */
export function parsePredefined(file: string, text: string): ReadonlyMap<number, string> {
  const document = SourceDocument.parse(file, text);
  const ids = validate(document, predefinedSchema);
  checkPredefined(
    ids,
    (topic) => document.place([topic]),
    (error) => {
      throw error;
    },
  );
  return namesById(ids);
}

export const namesById = (ids: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(ids).map(([topic, id]) => [id, topic]));

/** Reports an id that two topics have. */
export function checkPredefined(
  ids: Readonly<Record<string, number>>,
  place: (topic: string) => SourcePlace,
  report: (error: CodedError) => void,
): void {
  const topics = new Map<number, string>();
  for (const [topic, id] of Object.entries(ids)) {
    const other = topics.get(id);
    topics.set(id, topic);
    if (other === undefined) continue;
    const what = `the topic "${topic}" has the id ${id}, as "${other}" has`;
    report(
      new CodedError("invalid-value", what, "Give each topic an id of its own, 1 to 65534.", place(topic)),
    );
  }
}
