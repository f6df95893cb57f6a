import yargs, { type Argv } from "yargs";
import { EXIT } from "../errors.ts";
import { packageVersion, STANDARD_INPUT } from "../runtime/files.ts";
import { doctor } from "./doctor.ts";
import { init, type InitArguments } from "./init.ts";
import { gateway, type GatewayArguments } from "./gateway.ts";
import { listChecks, listFaults, listModels, listScenarios } from "./list.ts";
import { run } from "./matrix.ts";
import type { MatrixArguments, ReportArguments, RunArguments } from "./options.ts";
import { pki, type PkiArguments } from "./pki.ts";
import { merge, replay, up } from "./run.ts";
import { printSchema, SCHEMAS } from "./schema.ts";
import { usageError } from "./usage.ts";
import { show } from "./show.ts";
import { validateFiles } from "./validate.ts";

const runOptions = (args: Argv): Argv<RunArguments> =>
  args
    .option("seed", { type: "string", nargs: 1, describe: "root of everything random; the scenario's, or 1" })
    .option("speed", {
      type: "string",
      nargs: 1,
      describe: "plant seconds a second, or max (without endpoints)",
    })
    .option("duration", { type: "string", nargs: 1, describe: "plant time to run: 90s, 10m, 8h" })
    .option("endpoints", {
      type: "boolean",
      default: true,
      describe: "open servers and devices; --no-endpoints opens none",
    })
    .option("hosts", {
      type: "string",
      nargs: 1,
      describe: "processes to spread the fleet over: a number, or auto",
    })
    .option("ports", {
      type: "string",
      nargs: 1,
      describe: "auto: listen on ports that are free; fixed: on those of the scenario",
    })
    .option("shard", {
      type: "string",
      nargs: 1,
      describe: "only a part of the fleet, 2/3; merge joins the results",
    })
    .option("plain", {
      type: "boolean",
      describe: "lines instead of the control room, as without a terminal",
    })
    .option("color", {
      type: "boolean",
      default: true,
      describe: "--no-color and NO_COLOR switch colours off",
    })
    .option("json", { type: "string", nargs: 1, describe: "file to write the result to" })
    .option("record", { type: "string", nargs: 1, describe: "file to keep the commands of the session in" })
    .option("evidence", {
      type: "string",
      nargs: 1,
      describe: "folder for what a run that fails leaves behind",
    })
    .option("set", {
      type: "string",
      nargs: 1,
      describe: "another value for a place in the scenario: faults.bearing.at=2m; any number of times",
    });

const pageOptions = <A>(args: Argv<A>): Argv<A & ReportArguments> =>
  args
    .option("junit", { type: "string", nargs: 1, describe: "file to write the verdicts to as JUnit XML" })
    .option("html", { type: "string", nargs: 1, describe: "file to write a page for people to" });

const matrixOptions = (args: Argv): Argv<MatrixArguments> =>
  pageOptions(runOptions(args))
    .option("seeds", { type: "string", nargs: 1, describe: "run with each of them: 1..20, or 1,5,9" })
    .option("only", { type: "string", nargs: 1, describe: "judge only checks with this in their name" })
    .option("fail-fast", { type: "boolean", describe: "run no more after the first that fails" });

/** Makes yargs run a command and keep its exit code. */
type Handle = <A>(command: (args: A) => number | Promise<number>) => (args: A) => Promise<void>;

const addRunning = (parser: Argv, handle: Handle): Argv =>
  parser
    .command(
      "$0",
      "start the demo plant",
      runOptions,
      handle((args: RunArguments) => up(undefined, args)),
    )
    .command(
      "up <scenario>",
      "start a plant and keep it running",
      (args) => runOptions(args.positional("scenario", { type: "string", describe: "scenario file" })),
      handle((args: RunArguments & { scenario?: string }) => up(args.scenario, args)),
    )
    .command(
      "run <scenario..>",
      "run scenarios to their end, for CI",
      (args) =>
        matrixOptions(args.positional("scenario", { type: "string", array: true, describe: "files" })),
      handle((args: MatrixArguments & { scenario?: string[] }) => run(args.scenario ?? [], args)),
    );

const addRepeating = (parser: Argv, handle: Handle): Argv =>
  parser
    .command(
      "replay <session>",
      "run a recorded session again and compare its digest",
      (args) => runOptions(args.positional("session", { type: "string", describe: "file of --record" })),
      handle((args: RunArguments & { session?: string }) => replay(args.session ?? "", args)),
    )
    .command(
      "merge <result..>",
      "join the results of shards",
      (args) =>
        pageOptions(args)
          .positional("result", {
            type: "string",
            array: true,
            demandOption: true,
            describe: "files of --json",
          })
          .option("json", { type: "string", nargs: 1, describe: "file to write the joined result to" }),
      handle((args: ReportArguments & { result: string[] }) => merge(args.result, args)),
    );

const LISTERS = { models: listModels, faults: listFaults, scenarios: listScenarios, checks: listChecks };
const LISTS = ["models", "faults", "scenarios", "checks"] as const;

const KINDS_OF_FILES = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];

const addLooking = (parser: Argv, handle: Handle): Argv =>
  parser
    .command(
      "validate <file..>",
      "check scenario files and start nothing",
      (args) =>
        args.positional("file", { type: "string", array: true, demandOption: true, describe: "files" }),
      handle((args: { file: string[] }) => validateFiles(args.file)),
    )
    .command(
      "list <what>",
      "show what there is",
      (args) => args.positional("what", { choices: LISTS, demandOption: true }),
      handle(({ what }: { what: (typeof LISTS)[number] }) => LISTERS[what]()),
    )
    .command(
      "pki <action> [what..]",
      "certificates: export the fleet's authority, list rejected clients, trust some, hash a password",
      (args) =>
        args
          .positional("action", {
            choices: ["export", "trust", "rejected", "hash"] as const,
            demandOption: true,
          })
          .positional("what", {
            type: "string",
            array: true,
            describe: "export: folder; trust: thumbprints of rejected certificates, or files",
          }),
      handle((args: PkiArguments) => pki(args)),
    )
    .command(
      "show <folder>",
      "look at what a run that failed has left behind with --evidence",
      (args) => args.positional("folder", { type: "string", demandOption: true, describe: "of one run" }),
      handle((args: { folder: string }) => show(args.folder)),
    )
    .command(
      "doctor",
      "check this machine",
      {},
      handle(() => doctor()),
    )
    .command(
      "schema <what>",
      "print the JSON Schema of a kind of file",
      (args) => args.positional("what", { choices: KINDS_OF_FILES, demandOption: true }),
      handle((args: { what: keyof typeof SCHEMAS }) => printSchema(args.what)),
    )
    .command(
      "init",
      "write a scenario, and a job of a CI that runs it, into this folder",
      (args) =>
        args.option("ci", { choices: ["github", "gitlab"] as const, describe: "whose file to write" }),
      handle((args: InitArguments) => init(args)),
    );

const text = (describe: string) => ({ type: "string", nargs: 1, describe }) as const;

const gatewayOptions = (args: Argv): Argv<GatewayArguments> =>
  args
    .option("listen", text("where devices send to (udp://127.0.0.1:21884)"))
    .option("broker", text("mqtt://host:port, or embedded (the default)"))
    .option("broker-port", text("TCP port of the embedded broker (21883)"))
    .option("mqtt", text("version of MQTT towards the broker: 3.1.1 or 5"))
    .option("predefined", text("YAML file with pre-defined topic ids, by topic"))
    .option("advertise", text("multicast group to announce itself to and be searched in: 239.255.0.1:1883"))
    .option("max-clients", text("clients at a time; more are refused with congestion (20000)"))
    .option("insecure", { type: "boolean", describe: "allow a network address: there is no security" });

const addGateway = (parser: Argv, handle: Handle): Argv =>
  parser.command(
    "gateway",
    "run the MQTT-SN gateway alone",
    gatewayOptions,
    handle((args: GatewayArguments) => gateway(args)),
  );

/** A dash alone is the standard input; the parser drops it. One behind an option is that option's. */
const withStandardInput = (argv: readonly string[]): string[] =>
  argv.map((word, i) => (word === "-" && !argv[i - 1]?.startsWith("-") ? STANDARD_INPUT : word));

/** Does what the command line says. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.pass;
  const handle: Handle = (command) => async (args) => {
    code = await command(args);
  };
  const parser = yargs(withStandardInput(argv))
    .scriptName("taktwerk")
    .usage(
      "$0 [command]\n\nA simulated plant on the wire: CNC machines as OPC UA servers and MQTT-SN devices.",
    )
    .example("taktwerk", "the demo plant")
    .example("taktwerk run plant.yaml --speed max --duration 8h", "a shift in seconds, without endpoints")
    .strict()
    .fail((message: string | null, error: Error | undefined) => {
      // What the parser objects to comes as a message or as an error of its own, depending on where it notices.
      if (error && error.name !== "YError") throw error;
      throw usageError(message ?? error?.message ?? "the command cannot be understood", argv);
    })
    // Our own words are English, and so are the messages that usageError() reads.
    .locale("en")
    .alias("h", "help")
    .version(packageVersion())
    .wrap(Math.min(100, process.stdout.columns ?? 100));
  await [addRunning, addRepeating, addGateway, addLooking]
    .reduce((args, add) => add(args, handle), parser as Argv)
    .parseAsync();
  return code;
}
