#!/usr/bin/env node
/** The entry. Whatever goes wrong from here on, also while the program loads, ends with the right exit code. */
import { reportFailure } from "./failure.ts";

process.on("uncaughtException", (error) => process.exit(reportFailure(error)));
process.on("unhandledRejection", (error) => process.exit(reportFailure(error)));
// What nobody reads any more need not be written; the exit code still tells how it went.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

try {
  const { main } = await import("./program.ts");
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error);
}
