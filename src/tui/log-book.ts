/** Lines that are kept; whoever needs older ones redirects the plain output to a file. */
const KEPT = 1000;

/** What a run has said, for those who look later. */
export class LogBook {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}
