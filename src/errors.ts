/**
 * Coded errors: whatever a user can cause ends as one of these, never as a stack trace.
 * The table is the only place that knows which code ends the process how.
 */

/** Process exit codes. When several apply, the precedence is 5, 2, 3, 4, 1. */
export const EXIT = {
  pass: 0,
  failed: 1,
  usage: 2,
  notJudged: 3,
  saturated: 4,
  internal: 5,
  interrupted: 130,
} as const;

const PRECEDENCE: readonly number[] = [
  EXIT.internal,
  EXIT.usage,
  EXIT.notJudged,
  EXIT.saturated,
  EXIT.failed,
];

const TABLE = {
  "file-missing": { exit: EXIT.usage, means: "A file that was named does not exist or cannot be read." },
  "file-unusable": { exit: EXIT.usage, means: "A file is no text, or far larger than such a file can be." },
  "yaml-syntax": { exit: EXIT.usage, means: "A file is not well-formed YAML." },
  "format-version": { exit: EXIT.usage, means: "A scenario was written for another format version." },
  "invalid-value": { exit: EXIT.usage, means: "A field is missing, unknown, or has a value that cannot be." },
  "unknown-fault": { exit: EXIT.usage, means: "A scenario names a kind of fault that does not exist." },
  "unknown-model": { exit: EXIT.usage, means: "A scenario names a machine model that does not exist." },
  "unknown-operation": {
    exit: EXIT.usage,
    means: "A scenario names a way of operation that does not exist.",
  },
  "unknown-program": { exit: EXIT.usage, means: "A scenario names a part program that does not exist." },
  "duplicate-unit": { exit: EXIT.usage, means: "Two units of a plant have the same name." },
  "invalid-option": { exit: EXIT.usage, means: "An option or argument on the command line cannot be used." },
  "port-in-use": { exit: EXIT.usage, means: "Another program listens on a port that the plant needs." },
  "bind-failed": { exit: EXIT.usage, means: "An address or port cannot be bound." },
  "insecure-bind": { exit: EXIT.usage, means: "An endpoint would be open to the network without security." },
  "pki-unusable": { exit: EXIT.usage, means: "The folder of keys and certificates cannot be used." },
  "nodeset-unusable": { exit: EXIT.usage, means: "A nodeset that a scenario brings cannot be loaded." },
  "user-unusable": { exit: EXIT.usage, means: "A user of the OPC UA servers could never log in." },
  "file-descriptors": { exit: EXIT.usage, means: "The process may open fewer sockets than the plant needs." },
  "ephemeral-ports": { exit: EXIT.usage, means: "The machine has fewer UDP ports than the plant needs." },
  "gateway-unreachable": { exit: EXIT.notJudged, means: "The MQTT-SN gateway does not answer." },
  "gateway-refused": { exit: EXIT.notJudged, means: "The MQTT-SN gateway answers, but turns a device away." },
  "broker-unreachable": { exit: EXIT.notJudged, means: "The MQTT broker does not answer." },
  "sut-not-ready": { exit: EXIT.notJudged, means: "The system under test did not get ready in time." },
  "not-judged": {
    exit: EXIT.notJudged,
    means: "A run with a system under test judges nothing that it did.",
  },
  "address-unresolved": { exit: EXIT.notJudged, means: "A host name has no address." },
  "host-lost": { exit: EXIT.internal, means: "A process that held a part of the plant ended or hangs." },
  "out-of-memory": { exit: EXIT.internal, means: "A plant needs more memory than Node.js may use." },
  "simulation-failed": { exit: EXIT.internal, means: "A process of the simulation threw." },
  internal: { exit: EXIT.internal, means: "A defect in Taktwerk." },
} as const satisfies Record<string, { exit: number; means: string }>;

export type ErrorCode = keyof typeof TABLE;

/** Where in a user's file the cause stands; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * One thing that is wrong, why, and the way out.
 *
 * @param code  key of the table, which also gives the exit code
 * @param what  what is wrong, with the offending value; one sentence without a full stop
 * @param fix   what would be right, or what to do
 */
export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  readonly fix: string;
  readonly place: SourcePlace | undefined;

  constructor(code: ErrorCode, what: string, fix: string, place?: SourcePlace, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fix = fix;
    this.place = place;
  }

  get exitCode(): number {
    return TABLE[this.code].exit;
  }
}

/** Several coded errors at once: a file with three mistakes names all three, from its top to its bottom. */
export class CodedErrors extends Error {
  override readonly name = "CodedErrors";
  readonly errors: readonly CodedError[];

  constructor(errors: readonly CodedError[]) {
    const files = errors.map((error) => error.place?.file);
    const rank = ({ place }: CodedError): [number, number, number] => [
      files.indexOf(place?.file),
      place?.line ?? 0,
      place?.column ?? 0,
    ];
    const sorted = [...errors].sort((a, b) => {
      const [fileA, lineA, columnA] = rank(a);
      const [fileB, lineB, columnB] = rank(b);
      return fileA - fileB || lineA - lineB || columnA - columnB;
    });
    super(sorted.map((error) => error.message).join("; "));
    this.errors = sorted;
  }

  get exitCode(): number {
    return gravest(this.errors.map((error) => error.exitCode));
  }
}

const plantFailures = new WeakSet<object>();

/** Marks an error as one of the plant: no catch of an endpoint may keep it, since it has to end the run. */
export function markPlantFailure(error: unknown): unknown {
  const marked = typeof error === "object" && error !== null ? error : new Error(String(error));
  plantFailures.add(marked);
  return marked;
}

/** Whether an error is one of the plant itself, also when it is only the cause of another. */
export function isPlantFailure(error: unknown): boolean {
  for (let it = error; typeof it === "object" && it !== null; it = (it as { cause?: unknown }).cause) {
    if (plantFailures.has(it)) return true;
  }
  return false;
}

/** Text of unknown origin without anything that a terminal would obey: control characters become escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/**
 * Text of several lines of our own, printable, none of which a job of GitHub takes for a command to itself: it obeys
 * lines that begin with "::" or "##[", whatever space stands before.
 */
export const printableLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => printable(line).replace(/^\s*(?=::|##\[)/, "$&| "))
    .join("\n");

/** JSON of the same data that a terminal can show: what it would obey stands as \\uXXXX. */
export const printableJson = (data: unknown, indent?: number): string =>
  JSON.stringify(data, undefined, indent).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`)
      .join(""),
  );

/** Characters of a name that stand in a file's name as they are. */
const PLAIN_IN_FILES = /[^A-Za-z0-9._-]/gu;
const FILE_NAME_MAX = 100;

/**
 * A name as a part of a file's name, whatever stands in it: no separator, no dots that lead elsewhere, nothing that a
 * shell or a terminal obeys. Different names stay different; one that is cut ends with its checksum.
 */
export function fileName(name: string): string {
  const escaped = name
    .toWellFormed()
    .replace(PLAIN_IN_FILES, (character) => `~${character.codePointAt(0)!.toString(16)}`)
    .replace(/^\.+/, (dots) => "~2e".repeat(dots.length));
  if (escaped.length <= FILE_NAME_MAX) return escaped;
  // FNV-1a
  let sum = 0x811c9dc5;
  for (const character of escaped) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return `${escaped.slice(0, FILE_NAME_MAX)}~${sum.toString(16)}`;
}

/** Of several exit codes, the one that takes precedence. */
export function gravest(codes: readonly number[]): number {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? EXIT.pass;
}

/** `file:line:column: error[code]: what` and, indented below, the way out. */
export function formatError(error: CodedError): string {
  const { place } = error;
  const where = place
    ? [place.file, place.line, place.column].filter((part) => part !== undefined).join(":")
    : "";
  const what = printable(`${where === "" ? "" : `${where}: `}error[${error.code}]: ${error.message}`);
  return `${what}\n  ${printableLines(error.fix).replaceAll("\n", "\n  ")}`;
}

/** Choices that a message lists; a library of hundreds would bury it. */
const LISTED_MAX = 20;

/** What was probably meant, and all that could have been. */
export function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0) return "There are none.";
  const rest = known.length > LISTED_MAX ? ` and ${known.length - LISTED_MAX} more` : "";
  const all = `Known: ${known.slice(0, LISTED_MAX).join(", ")}${rest}.`;
  const best = nearest(word, known);
  return best === undefined ? all : `Did you mean "${best}"? ${all}`;
}

/** Of known words, the one that is a slip of the finger away or contains the word; undefined when none is. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [written, reach] = [word.toLowerCase(), Math.max(1, Math.floor(word.length / 3))];
  const scored = known.map((it) => {
    const contained = written.length >= 3 && it.toLowerCase().includes(written);
    return { it, score: contained ? 0 : distance(it.toLowerCase(), written) };
  });
  const near = scored.filter(({ score }) => score <= reach);
  return near.sort((a, b) => a.score - b.score)[0]?.it;
}

/** Edit distance in which two letters that changed places count once (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) : Infinity;
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1, swapped + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
