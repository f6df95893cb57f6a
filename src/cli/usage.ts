import { CodedError, nearest } from "../errors.ts";

/** How each command is written. */
const USAGE: Readonly<Record<string, string>> = {
  up: "taktwerk up <scenario>",
  run: "taktwerk run <scenario..>",
  validate: "taktwerk validate <file..>",
  gateway: "taktwerk gateway --listen udp://127.0.0.1:1884 --broker mqtt://127.0.0.1:1883",
  list: "taktwerk list models",
  pki: "taktwerk pki export|trust|rejected|hash",
  show: "taktwerk show <folder>",
  doctor: "taktwerk doctor",
  schema: "taktwerk schema scenario|result",
  init: "taktwerk init --ci github|gitlab",
};
const OPTIONS = [
  ...["seed", "speed", "duration", "endpoints", "no-endpoints", "hosts", "shard", "json", "record"],
  ...["evidence", "junit", "html", "ci", "plain", "color", "no-color"],
  ...["set", "seeds", "only", "fail-fast", "help", "version"],
  ...["listen", "broker", "broker-port", "mqtt", "predefined", "advertise", "max-clients", "insecure"],
];

/**
 * What is wrong with a command line, in our words instead of the parser's.
 *
 * @param complaint  of yargs, in English
 * @param argv  what was written after `taktwerk`
 */
export function usageError(complaint: string, argv: readonly string[]): CodedError {
  const command = argv[0] ?? "";
  const usage = USAGE[command];
  const help =
    usage === undefined ? "Try: taktwerk --help" : `Write: ${usage}\nMore: taktwerk ${command} --help`;
  const error = (what: string, fix: string): CodedError => new CodedError("invalid-option", what, fix);

  const unknown = /^Unknown (?:argument|command)s?: (.+)$/.exec(complaint)?.[1]?.split(", ")[0];
  if (unknown !== undefined) return error(...explainUnknown(unknown, argv, help));
  const value = /^Not enough arguments following: (.+)$/.exec(complaint)?.[1];
  if (value !== undefined) return error(`--${value} needs a value`, help);
  const [, given, choices] = /Given: (".*"), Choices: (.+)$/.exec(complaint) ?? [];
  if (given !== undefined) return error(`${command} knows no ${given}`, `One of: ${choices}.`);
  if (complaint.startsWith("Not enough non-option arguments"))
    return error(`the command ${JSON.stringify(command)} is not complete`, help);
  return error(complaint.replace(/\s*\n\s*/g, " "), help);
}

function explainUnknown(word: string, argv: readonly string[], help: string): [what: string, fix: string] {
  const isOption = argv.some((it) => it === `--${word}` || it === `-${word}` || it.startsWith(`--${word}=`));
  if (isOption) {
    const best = nearest(word, OPTIONS);
    const what = `there is no option ${word.length === 1 ? "-" : "--"}${word}`;
    return [what, `${best === undefined ? "" : `Did you mean --${best}? `}${help}`];
  }
  if (word !== argv[0]) return [`nothing is known of ${JSON.stringify(word)}`, help];
  const what = `there is no command ${JSON.stringify(word)}`;
  if (/\.ya?ml$/.test(word)) return [what, `To start that scenario: taktwerk up ${word}`];
  const best = nearest(word, Object.keys(USAGE));
  return [what, best === undefined ? help : `Did you mean "${best}"? ${help}`];
}
