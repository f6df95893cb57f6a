import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { TcpTap } from "./tcp-tap.ts";

/** OPC UA's registered port, by which the dissector knows it. */
const OPC_UA_PORT = 4840;

/** Lines "frame number, info" of what tshark selects of a tapped OPC UA connection. */
export function dissector(tshark: string, tap: TcpTap, file: string): (filter: string) => string[] {
  writeFileSync(file, tap.pcap(OPC_UA_PORT));
  return (filter) => {
    const options = ["-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info"];
    return execFileSync(tshark, options, { stdio: "pipe" }).toString().split("\n").filter(Boolean);
  };
}

/** For `dissector`: what no frame may be. */
export const MALFORMED = "_ws.malformed || _ws.expert.severity == error";
