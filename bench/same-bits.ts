/*
 * `npm run same-bits`: a shift of the demo plant on several major versions of Node.js, which the npm package `node`
 * brings. JavaScript engines may differ in the last bits of Math.exp and its like; the digests must not.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSIONS = [22, 24, 26];
const RUN = ["dist/cli/main.js", "run", "scenarios/demo.yaml", "--speed", "max", "--duration", "8h"];
const folder = mkdtempSync(join(tmpdir(), "taktwerk-bits-"));
const digests: string[] = [];
try {
  for (const version of VERSIONS) {
    const home = join(folder, String(version));
    mkdirSync(home);
    // The package fetches its binary in an install script, which npm wants to be allowed by name.
    writeFileSync(join(home, "package.json"), '{ "allowScripts": { "node": true } }');
    execFileSync("npm", ["install", `node@${version}`], { cwd: home, stdio: "ignore" });
    const node = join(home, "node_modules", "node", "bin", "node");
    const run = (...args: string[]): string =>
      execFileSync(node, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const [, digest = "none"] = /digest +([0-9a-f]{16})/.exec(run(...RUN)) ?? [];
    digests.push(digest);
    console.log(`${run("--version").trim().padEnd(10)} ${digest}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const same = new Set(digests).size === 1;
console.log(`gates: ${same ? 1 : 0} held, ${same ? 0 : 1} missed`);
process.exitCode = same ? 0 : 1;
