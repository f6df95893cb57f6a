import { accessSync, constants } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { EXIT } from "../errors.ts";
import { DEMO_SCENARIO, loadCatalog, packageVersion } from "../runtime/files.ts";
import { fileDescriptorLimit } from "../runtime/limits.ts";
import { findTakenPorts } from "../runtime/ports.ts";
import { readPlan, say } from "./session.ts";

interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

/** Looks at what a plant needs of this machine. @returns 0 when all is well, else 2 */
export async function doctor(): Promise<number> {
  const findings = [checkNode(), checkFiles(), checkFolder(), checkModels(), ...(await checkPorts())];
  say(
    `Taktwerk ${packageVersion()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  for (const { ok, text } of findings) say(`${ok ? "ok  " : "BAD "} ${text}`);
  return findings.every((finding) => finding.ok) ? EXIT.pass : EXIT.usage;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 22 || (major === 22 && minor >= 13);
  return {
    ok,
    text: `Node.js ${process.versions.node}${ok ? "" : ": 22.13 or newer is needed, for instance npm install node@24"}`,
  };
}

function checkFiles(): Finding {
  const limit = fileDescriptorLimit();
  if (limit === undefined) return { ok: true, text: "open files: this system does not tell its limit" };
  const units = Math.floor((limit - 64) / 6);
  return {
    ok: limit >= 1024,
    text: `open files: at most ${limit}, enough for about ${units} units with all endpoints`,
  };
}

function checkFolder(): Finding {
  try {
    accessSync(".", constants.W_OK);
    return { ok: true, text: "working folder: writable, certificates go to .taktwerk" };
  } catch {
    return {
      ok: false,
      text: "working folder: not writable, so certificates cannot be kept; start elsewhere",
    };
  }
}

function checkModels(): Finding {
  return { ok: true, text: `model library: ${loadCatalog().list().length} entries` };
}

/** The demo's ports: a taken one is no harm there, but worth knowing. */
async function checkPorts(): Promise<Finding[]> {
  const taken = await findTakenPorts(readPlan(DEMO_SCENARIO, {}));
  if (taken.length === 0) return [{ ok: true, text: "ports of the demo: free" }];
  return taken.map(({ message }) => ({ ok: true, text: `${message}; the demo takes free ports then` }));
}
