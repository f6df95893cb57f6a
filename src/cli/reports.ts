import path from "node:path";
import { CodedError, EXIT, gravest, type SourcePlace } from "../errors.ts";
import { formatCommand, pathWord } from "../report/command.ts";
import { again } from "../report/console.ts";
import { folderOf } from "../report/evidence.ts";
import { formatAnnotations, formatStepSummary } from "../report/github.ts";
import { formatHtml } from "../report/html.ts";
import { formatJUnit } from "../report/junit.ts";
import type { ReportedRun } from "../report/reported-run.ts";
import { appendText, prepareFile, prepareFolder, trueName, writeText } from "../runtime/files.ts";
import { formatResults } from "../runtime/merge.ts";
import type { RunResult } from "../runtime/result.ts";
import type { Plan } from "../scenario/plan.ts";
import { planRecording } from "../scenario/recording-plan.ts";
import { attempt, codedErrors } from "./failure.ts";
import { parseFile, type ReportArguments, type RunArguments } from "./options.ts";

/** What is written of runs into a file, by the name of its option. */
const FORMATS = {
  json: (runs: readonly ReportedRun[]) => formatResults(runs.flatMap(({ result }) => result ?? [])),
  junit: formatJUnit,
  html: formatHtml,
} as const;

type Format = keyof typeof FORMATS;

/** A file that is asked for, and the runs that it is to tell of. */
interface Report {
  /** As it was written first */
  readonly file: string;
  readonly format: Format;
  readonly runs: ReportedRun[];
}

/** Where GitHub says that we are in one of its jobs; undefined elsewhere. */
interface GitHub {
  readonly workspace: string;
  readonly summary: string | undefined;
}

function findGitHub(): GitHub | undefined {
  const { GITHUB_ACTIONS, GITHUB_WORKSPACE, GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_ACTIONS !== "true") return undefined;
  return { workspace: GITHUB_WORKSPACE ?? process.cwd(), summary: GITHUB_STEP_SUMMARY };
}

/**
 * The reports of one call of `run`: files that the command line asks for, or else a scenario, and what GitHub shows of
 * a job. Scenarios that name the same file share it.
 */
export class Reports {
  readonly #given: Readonly<Partial<Record<Format, string>>>;
  /** By their true names, as all files here */
  readonly #files = new Map<string, Report>();
  /** What no report may overwrite, and why. */
  readonly #taken = new Map<string, string>();
  readonly #github = findGitHub();
  /** Prints a command to GitHub, which no other line may look like. */
  readonly #say: (command: string) => void;
  /** Where commands from outside are kept. */
  readonly #record: string | undefined;
  /** Where runs that fail leave something behind. */
  readonly #evidence: string | undefined;
  /** Runs that GitHub's summary does not tell yet. */
  #untold: ReportedRun[] = [];
  readonly #began_ms = Date.now();

  /**
   * @param scenarios  files that no report may overwrite
   * @throws CodedError `invalid-option`, `file-unusable`
   */
  constructor(
    args: ReportArguments & Pick<RunArguments, "record" | "evidence">,
    scenarios: readonly string[],
    say: (command: string) => void,
  ) {
    const given = Object.keys(FORMATS).flatMap((it) => {
      const format = it as Format;
      const file = parseFile(format, args[format]);
      return file === undefined ? [] : [[format, file] as const];
    });
    this.#given = Object.fromEntries(given);
    this.#say = say;
    this.#record = parseFile("record", args.record);
    this.#evidence = parseFile("evidence", args.evidence);
    for (const file of scenarios) this.#taken.set(trueName(file), "the scenario");
    if (this.#evidence !== undefined) prepareFolder(this.#evidence);
    if (this.#record !== undefined) this.#taken.set(trueName(this.#record), "the record");
    for (const [format, file] of given) this.#open(format, file);
  }

  /**
   * Makes sure that what a plan's scenario asks for can be written.
   *
   * @returns the plan, with what has to be written down while it runs
   * @throws CodedError `invalid-option`, `file-unusable`
   */
  prepare(plan: Plan): Plan {
    for (const format of Object.keys(FORMATS) as Format[]) {
      const file = this.#fileOf(format, plan);
      if (file !== undefined) this.#open(format, file, plan.reportPlaces[format]);
    }
    return this.#fileOf("html", plan) === undefined ? plan : { ...plan, recording: planRecording(plan) };
  }

  /** A run has come to a result. */
  add(plan: Plan, result: RunResult, code: number): void {
    const isKept = this.#evidence !== undefined && code !== EXIT.pass && code !== EXIT.interrupted;
    this.#tell(
      {
        ...{ ...headOf(plan), ...this.#endOf(result, code) },
        ...(isKept ? { evidence: folderOf(this.#evidence, plan.name, plan.seed) } : {}),
      },
      plan,
    );
  }

  /** Shards have been joined; of their plan there is what they know of it. */
  addMerged(result: RunResult, code: number): void {
    const { scenario: name, file, seed } = result;
    this.#tell({ name, file, seed, places: {}, endpoints: [], ...this.#endOf(result, code) });
  }

  #endOf(result: RunResult, code: number): Omit<ReportedRun, keyof Head> {
    const began_ms = Date.now() - result.wallTime_s * 1000;
    return { code, began_ms, again: again(result, this.#record), result, errors: [] };
  }

  /** A run has ended without one. */
  addFailure(plan: Plan, error: unknown): void {
    const errors = codedErrors(error);
    const code = gravest(errors.map(({ exitCode }) => exitCode));
    const again = formatCommand("run", {
      ...plan,
      shard: plan.shard && `${plan.shard.part}/${plan.shard.of}`,
    });
    this.#tell({ ...headOf(plan), code, began_ms: this.#began_ms, again, result: undefined, errors }, plan);
  }

  /** Nothing was started, because of what is wrong with files or options. */
  addUnstarted(error: unknown): void {
    const errors = codedErrors(error);
    const files = new Set(errors.map(({ place }) => place?.file ?? "taktwerk"));
    for (const file of files) {
      const own = errors.filter(({ place }) => (place?.file ?? "taktwerk") === file);
      const name = path.basename(file, path.extname(file));
      const code = gravest(own.map(({ exitCode }) => exitCode));
      const head = {
        name,
        file,
        seed: undefined,
        endpoints: [],
        again: `taktwerk validate ${pathWord(file)}`,
        places: {},
      };
      this.#tell({ ...head, code, began_ms: this.#began_ms, result: undefined, errors: own });
    }
  }

  /** Writes all files that have something new to tell; one that cannot be written keeps no other from being written. */
  write(): void {
    const untold = this.#untold;
    if (untold.length === 0) return;
    this.#untold = [];
    for (const { file, format, runs } of this.#files.values()) {
      if (format === "json" && !runs.some(({ result }) => result)) continue;
      attempt(() => writeText(file, FORMATS[format](runs.map((run) => seenFrom(file, run)))));
    }
    const summary = this.#github?.summary;
    if (summary !== undefined) attempt(() => appendText(summary, formatStepSummary(untold)));
  }

  /** @param plan  undefined when there is none, so that the run is told in all files that are there */
  #tell(run: ReportedRun, plan?: Plan): void {
    this.#untold.push(run);
    for (const [name, { format, runs }] of this.#files) {
      const own = plan && this.#fileOf(format, plan);
      if (!plan || (own !== undefined && trueName(own) === name)) runs.push(run);
    }
    if (!this.#github || run.code === EXIT.pass) return;
    const { workspace } = this.#github;
    const toRepository = (file: string): string =>
      path.relative(workspace, path.resolve(file)).replaceAll("\\", "/");
    formatAnnotations(run, toRepository).forEach(this.#say);
  }

  #fileOf(format: Format, { report }: Plan): string | undefined {
    return this.#given[format] ?? report[format];
  }

  #open(format: Format, file: string, place?: SourcePlace): void {
    prepareFile(file);
    const name = trueName(file);
    const known = this.#files.get(name);
    if (known?.format === format) return;
    const owner = known?.format ?? this.#taken.get(name);
    if (owner !== undefined) throw sharedFile(file, owner, format, place);
    this.#files.set(name, { file, format, runs: [] });
  }
}

function sharedFile(file: string, first: string, second: string, place?: SourcePlace): CodedError {
  const what = `${first} and ${second} are both to go into ${file}`;
  return new CodedError("invalid-option", what, "Give each a file of its own.", place);
}

/** A page links what stands beside it. */
function seenFrom(file: string, run: ReportedRun): ReportedRun {
  if (run.evidence === undefined) return run;
  return { ...run, evidence: path.relative(path.dirname(file), run.evidence).replaceAll("\\", "/") };
}

type Head = Pick<ReportedRun, "name" | "file" | "seed" | "places" | "endpoints">;

const headOf = (plan: Plan): Head => ({
  ...{ name: plan.name, file: plan.file, seed: plan.seed, places: plan.places },
  endpoints: endpointsOf(plan),
});

/** What a plan has on the wire, a line for each kind. */
function endpointsOf({ units, gateway, discovery }: Plan): string[] {
  const servers = units.flatMap(({ opcua }) => opcua ?? []);
  const devices = units.flatMap(({ mqttsn }) => mqttsn ?? []);
  const list = (values: readonly string[]): string => [...new Set(values)].join(", ");
  const ports = servers.map(({ port }) => port);
  const hosts = list(servers.flatMap(({ advertise }) => advertise));
  const security = list(servers.flatMap((server) => server.security));
  const isFree = ports.includes(0);
  const range = isFree ? "free ports" : `ports ${Math.min(...ports)} to ${Math.max(...ports)}`;
  const targets = devices.flatMap(({ gateways }) =>
    gateways.map(({ host, port }) => `udp://${host}:${port}`),
  );
  const to =
    targets.length > 0 ? list(targets) : gateway ? "the embedded gateway" : "a gateway that is searched";
  return [
    ...(servers.length > 0
      ? [`OPC UA: ${servers.length} servers on ${hosts}, ${range}; security ${security}.`]
      : []),
    ...(discovery
      ? [`OPC UA discovery on ${discovery.port === 0 ? "a free port" : `port ${discovery.port}`}.`]
      : []),
    ...(devices.length > 0 ? [`MQTT-SN: ${devices.length} devices publish to ${to}.`] : []),
  ];
}
