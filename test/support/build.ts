import { execFileSync } from "node:child_process";

/**
 * Builds once before all tests, so that those which start the built program never see an old one. Types are
 * `npm run types`' concern: a test of one room may run while another is being rebuilt.
 */
export default function build(): void {
  const args = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck"];
  execFileSync(process.execPath, args, { stdio: "inherit" });
}
