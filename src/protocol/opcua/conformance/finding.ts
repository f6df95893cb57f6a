/** What the instance checker finds, and the rules that it holds a server against. */

export type Severity = "error" | "warning";

/** A warning is what the specifications allow, but clients in the field trip over. */
const RULES = {
  service: "error",
  truncated: "warning",
  "machines-folder": "error",
  "no-machine": "error",
  identification: "error",
  "type-unknown": "error",
  "type-abstract": "error",
  mandatory: "error",
  placeholder: "error",
  "node-class": "error",
  "type-definition": "error",
  "reference-type": "warning",
  "data-type": "error",
  "value-rank": "error",
  "value-status": "error",
  "value-null": "error",
  "value-type": "error",
  "value-shape": "error",
  enumeration: "error",
  unit: "error",
  range: "error",
  // Part 8: the range of normal operation, which a value may leave.
  "range-value": "warning",
  "state-id": "error",
  "state-number": "error",
  "transition-id": "error",
  "transition-number": "error",
  // Optional in Part 16, but there are clients that drop a machine without it.
  "state-number-missing": "warning",
  "namespace-metadata": "error",
  // Part 5 says "should" for namespaces that are not of the OPC Foundation.
  "namespace-undescribed": "warning",
  "profile-array": "error",
  "profile-unknown": "warning",
  "event-field": "error",
  "event-id": "error",
  "event-type": "error",
  "event-unseen": "warning",
} as const satisfies Record<string, Severity>;

export type Rule = keyof typeof RULES;

export interface Finding {
  /** Which rule is broken; stays the same from version to version */
  readonly rule: Rule;
  readonly severity: Severity;
  /** From Objects: "Machines/15:cnc-01/2:Identification"; namespace index 0 is left out */
  readonly browsePath: string;
  readonly nodeId: string;
  /** What is wrong, with what is there and what would be right; one sentence without a full stop */
  readonly what: string;
}

/** Where a finding is. */
export interface Place {
  readonly path: string;
  readonly id: string;
}

/** For what is about the check as a whole: the Objects folder. */
const CHECK: Place = { path: "", id: "ns=0;i=85" };

/**
 * Collects findings, each once. A server that is wrong everywhere does not fill the memory, and a thousand findings
 * of one rule do not hide those of another.
 */
export class Findings {
  readonly #found = new Map<string, Finding>();
  readonly #counts = new Map<Rule, number>();
  readonly #max: number;

  /** @param max  of each rule; `truncated` says which rules had more */
  constructor(max: number) {
    this.#max = max;
  }

  add(rule: Rule, { path, id }: Place, what: string): void {
    const key = `${rule} ${id} ${what}`;
    if (this.#found.has(key)) return;
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    if (count <= this.#max)
      this.#found.set(key, { rule, severity: RULES[rule], browsePath: path, nodeId: id, what });
    else if (rule !== "truncated")
      this.add("truncated", CHECK, `there are more than ${this.#max} findings of rule ${rule}`);
  }

  /** By browse path, then rule, then text. */
  sorted(): Finding[] {
    const key = (it: Finding): string => `${it.browsePath}\0${it.rule}\0${it.nodeId}\0${it.what}`;
    const keyed = [...this.#found.values()].map((finding) => ({ finding, key: key(finding) }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ finding }) => finding);
  }
}
