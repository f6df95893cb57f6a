/**
 * `npm run picture`: docs/screen.svg, the control room as it stands on a terminal of 120 by 32 characters, with a fault
 * injected and its alarm raised. Needs tmux, whose screen it draws.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { drawScreen } from "./screen-picture.ts";

const COLUMNS = 120;
const ROWS = 32;
const LOOK_EVERY_MS = 200;

const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-picture-"));
const tmux = (...args: string[]): string =>
  execFileSync("tmux", ["-S", path.join(folder, "tmux"), ...args], { encoding: "utf8" });
const press = (key: string): string => tmux("send-keys", "-t", "room", key);

async function until(pattern: RegExp): Promise<void> {
  while (!pattern.test(tmux("capture-pane", "-p", "-t", "room")))
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

try {
  const [main, scenario] = [path.resolve("dist/cli/main.js"), path.resolve("scenarios/demo.yaml")];
  const program = `cd ${folder} && FORCE_COLOR=1 ${process.execPath} ${main} up ${scenario} --no-endpoints --speed 10`;
  tmux("new-session", "-d", "-s", "room", "-x", String(COLUMNS), "-y", String(ROWS), program);
  await until(/cnc-01 +Cutting/);
  press("Enter");
  await until(/\[2 Unit\]/);
  press("f");
  await until(/> equipment tool-wear/);
  for (const key of ["Down", "Down"]) press(key);
  await until(/> equipment spindle-bearing-wear/);
  press("Enter");
  await until(/inject spindle-bearing-wear/);
  press("Enter");
  await until(/inject-fault .* done/);
  press("2");
  await until(/ACTIVE +Spindle vibration high|active +Spindle vibration high/i);
  writeFileSync("docs/screen.svg", drawScreen(tmux("capture-pane", "-e", "-p", "-t", "room"), COLUMNS, ROWS));
} finally {
  execFileSync("tmux", ["-S", path.join(folder, "tmux"), "kill-server"]);
  rmSync(folder, { recursive: true });
}
