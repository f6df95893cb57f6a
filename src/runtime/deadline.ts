/** Wall time that several waits share. */
export class Deadline {
  isOver = false;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #over: Promise<void>;

  /** @param within_ms  Infinity for no end */
  constructor(within_ms: number) {
    let end = (): void => undefined;
    this.#over = new Promise((resolve) => (end = resolve));
    if (within_ms === Infinity) return;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      end();
    }, within_ms);
  }

  /** Waits for the work, but not longer than there is time. Rejects with what the work throws until then. */
  async await(work: Promise<unknown> | undefined): Promise<void> {
    await Promise.race([work, this.#over]);
  }

  /** Nothing waits for it any more. */
  end(): void {
    clearTimeout(this.#timer);
  }
}
