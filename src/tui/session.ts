import { existsSync } from "node:fs";
import { CodedError } from "../errors.ts";
import { pathWord } from "../report/command.ts";
import { counted } from "../report/verdict-text.ts";
import { FILE_SIZE_MAX, packageVersion, writeText } from "../runtime/files.ts";
import type { RunOptions } from "../runtime/run.ts";
import type { Plan } from "../scenario/plan.ts";
import { sessionScenario } from "../scenario/session-scenario.ts";
import type { Desk } from "./desk.ts";
import { formatSpan } from "./text.ts";

type RecordedInput = Parameters<RunOptions["onInput"]>[0];

/** What a written session comes to. */
export interface WrittenSession {
  readonly inputs: number;
  readonly digest: string;
  /** What runs it to that digest. */
  readonly again: string;
}

/** No scenario is read that has more, so that nobody needs to remember more in a session of weeks. */
const INPUTS_MAX = 40_000;

/** What somebody has done in this session, which can be kept as a scenario that runs to the same digest. */
export class Session {
  readonly #plan: Plan;
  /** The first of them */
  readonly #inputs: RecordedInput[] = [];
  #given = 0;
  #written = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(input: RecordedInput): void {
    this.#given++;
    if (this.#given <= INPUTS_MAX) this.#inputs.push(input);
  }

  /** Commands that are in no file yet. */
  get unwritten(): number {
    return this.#given - this.#written;
  }

  /** A name that no file has yet. */
  suggestFile(): string {
    for (let number = 1; ; number++) {
      const file = `${this.#plan.name}-session-${number}.yaml`;
      if (!existsSync(file)) return file;
    }
  }

  /**
   * Writes what has happened until now as a scenario.
   *
   * @throws CodedError `file-unusable`, also for a file that is there already
   */
  async write(file: string, desk: Pick<Desk, "snapshot">): Promise<WrittenSession> {
    if (existsSync(file)) throw unusable(file, "it is there already", "Give it another name.");
    if (this.#given > INPUTS_MAX) throw tooMany(file, this.#given);
    const { plantTime_s, digest, inputs: counts, wireFaults } = await desk.snapshot();
    const inputs = this.#inputs.filter(({ cell, number }) => number < (counts[cell] ?? 0));
    const truth = { inputs, wireFaults, end_s: plantTime_s };
    const scenario = sessionScenario(this.#plan, truth, file).replace(HEAD, "");
    const again = this.#again(file, wireFaults.length > 0);
    const head = [
      `# A session of ${this.#plan.name}: ${formatSpan(plantTime_s)} of plant time, ${counted(inputs.length, "command")}.`,
      `# With Taktwerk ${packageVersion()}, ${again} comes to the digest ${digest}.`,
    ];
    const text = `${head.join("\n")}\n${scenario}`;
    if (Buffer.byteLength(text) > FILE_SIZE_MAX) throw tooMany(file, inputs.length);
    writeText(file, text);
    this.#written = inputs.length;
    return { inputs: inputs.length, digest, again };
  }

  /** Off the wire, which is quicker and changes nothing in the plant. */
  #again(file: string, hasWireFaults: boolean): string {
    const { shard, wireDemand } = this.#plan;
    const part = shard ? ` --shard ${shard.part}/${shard.of}` : "";
    const offWire = hasWireFaults || wireDemand !== "none" ? " --no-endpoints" : "";
    return `taktwerk run ${pathWord(file)}${part} --speed max${offWire}`;
  }
}

/** What an earlier session says of itself at the top of its file. */
const HEAD = /^# A session of .*\n# With Taktwerk .*\n/;

const unusable = (file: string, what: string, fix: string): CodedError =>
  new CodedError("file-unusable", `${file}: ${what}`, fix, { file });

const tooMany = (file: string, inputs: number): CodedError =>
  unusable(file, `${inputs} commands are too many for a scenario`, "Use up --record FILE.");
