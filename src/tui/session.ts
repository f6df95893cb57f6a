import { existsSync } from "node:fs";
import { CodedError } from "../errors.ts";
import { InputLog } from "../runtime/input-log.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Desk } from "./desk.ts";

type Input = Parameters<InputLog["add"]>[0];

/** What somebody has done in this session, which can be kept as a file that `taktwerk replay` repeats. */
export class Session {
  readonly #plan: Plan;
  readonly #inputs: Input[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(input: Input): void {
    this.#inputs.push(input);
  }

  /** A name that no file has yet. */
  suggestFile(): string {
    for (let number = 1; ; number++) {
      const file = `${this.#plan.name}-session-${number}.jsonl`;
      if (!existsSync(file)) return file;
    }
  }

  /**
   * Writes what has happened until now, with the digest that a replay comes to.
   *
   * @throws CodedError `file-unusable`, also for a file that is there already
   */
  async write(file: string, desk: Pick<Desk, "snapshot">): Promise<{ digest: string; inputs: number }> {
    if (existsSync(file))
      throw new CodedError("file-unusable", `${file} is there already`, "Give it another name.", { file });
    const { plantTime_s, digest, inputs: count } = await desk.snapshot();
    const inputs = this.#inputs.slice(0, count);
    const log = new InputLog(file, this.#plan);
    for (const input of inputs) log.add(input);
    log.end({ plantTime_s, digest });
    return { digest, inputs: inputs.length };
  }
}
