import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { peer } from "./peers.ts";

/** The browser in which pages and pictures are looked at. */
export const chromium = peer("chromium", "chromium-browser", "google-chrome");

/** Without a screen, a sandbox that a container has not, and anything that it would ask of a network. */
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Larger than any page of ours. */
const DUMP_MAX = 64 * 2 ** 20;

/**
 * Opens a page in a browser that knows nothing of an earlier one.
 *
 * @param html  the page
 * @param flags  for the browser beside ours
 * @returns its elements when its scripts have run, as HTML
 */
export async function domOf(html: string, flags: readonly string[] = []): Promise<string> {
  if (chromium === undefined) throw new Error("a skipped test does not run");
  const folder = mkdtempSync(path.join(tmpdir(), "taktwerk-page-"));
  try {
    const file = path.join(folder, "page.html");
    writeFileSync(file, html);
    const args = [...FLAGS, `--user-data-dir=${folder}/profile`, ...flags, "--dump-dom", `file://${file}`];
    const { stdout } = await promisify(execFile)(chromium, args, { maxBuffer: DUMP_MAX });
    return stdout;
  } finally {
    // The browser's helpers may still write for a moment.
    rmSync(folder, { recursive: true, maxRetries: 10, retryDelay: 100 });
  }
}
