import { CodedError, CodedErrors } from "../errors.ts";

/** Gathers coded errors, so that one look at the messages shows everything. */
export class Collector {
  readonly #errors: CodedError[] = [];

  add(error: CodedError): void {
    const same = (it: CodedError): boolean =>
      it.message === error.message && it.place?.line === error.place?.line;
    if (!this.#errors.some(same)) this.#errors.push(error);
  }

  try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof CodedError) this.add(error);
      else if (error instanceof CodedErrors) error.errors.forEach((it) => this.add(it));
      else throw error;
      return undefined;
    }
  }

  throw(): void {
    if (this.#errors.length > 0) throw new CodedErrors(this.#errors);
  }
}
