import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { EXIT } from "../errors.ts";
import { exportAuthority, listRejected, passwordHash, trust } from "../runtime/pki.ts";
import { usageError } from "./usage.ts";
import { say } from "./session.ts";

export interface PkiArguments {
  readonly action: "export" | "trust" | "rejected" | "hash";
  readonly what: readonly string[] | undefined;
}

/** Says who trusts whom. @returns the exit code */
export async function pki({ action, what = [] }: PkiArguments): Promise<number> {
  if (action === "export") await exportTo(what[0] ?? ".");
  else if (action === "trust") await trustAll(what);
  else if (action === "rejected") await showRejected();
  else await showHash();
  return EXIT.pass;
}

async function exportTo(folder: string): Promise<void> {
  const { authority, files } = await exportAuthority(folder);
  say(`${authority.subject}, thumbprint ${authority.thumbprint}, until ${authority.validUntil}`);
  for (const file of files) say(file);
}

async function trustAll(names: readonly string[]): Promise<void> {
  if (names.length === 0) throw usageError("trust wants thumbprints or files", ["pki", "trust"]);
  for (const name of names) say(await trust(name));
}

async function showRejected(): Promise<void> {
  const rejected = await listRejected();
  if (rejected.length === 0) say("no certificate was turned away");
  for (const { thumbprint, validUntil, subject } of rejected) say(`${thumbprint}  ${validUntil}  ${subject}`);
}

async function showHash(): Promise<void> {
  say(await passwordHash(await readSecret("Password: ")));
}

/** The first line of standard input, which a terminal does not show. */
async function readSecret(question: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(question);
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY });
  for await (const line of lines) {
    if (process.stdin.isTTY) process.stderr.write("\n");
    lines.close();
    if (line !== "") return line;
    break;
  }
  throw usageError("a password cannot be empty", ["pki", "hash"]);
}
