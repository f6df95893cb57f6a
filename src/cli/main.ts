#!/usr/bin/env node
/** The entry. Whatever goes wrong from here on, also while the program loads, ends with the right exit code. */
import { EXIT } from "../errors.ts";
import { reportFailure } from "./failure.ts";

// The first process of a container is not ended by a signal that it does not hear. A run that is under way hears
// signals itself, and comes to its result first.
if (process.pid === 1)
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(EXIT.interrupted);
    });
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
