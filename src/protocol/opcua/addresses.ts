/** Where a server listens and what it is called by its clients. */
import { isIPv6 } from "node:net";

import { CodedError } from "../../errors.ts";
import type { CertificateRequest } from "./certificates.ts";

export interface Address {
  /** TCP port; 0 lets the system choose */
  readonly port: number;
  /** Address to listen on; 127.0.0.1 when left out */
  readonly bind?: string;
  /** Host names or addresses in the certificate, the first also in endpoint URLs; `bind` when left out */
  readonly advertise?: readonly [string, ...string[]];
}

export const LOOPBACK = "127.0.0.1";
/** All addresses of this machine: no client can connect to that. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export const urlHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** "opc.tcp://127.0.0.1:24841", on the port where it really listens if that is known */
export function endpointUrl(
  { port, bind = LOOPBACK, advertise = [bind] }: Address,
  listening = port,
): string {
  return `opc.tcp://${urlHost(advertise[0])}:${listening}`;
}

/** What the certificate of a server with this name has to say, wherever it is made. */
export function certificateRequest(
  name: string,
  { bind = LOOPBACK, advertise = [bind] }: Pick<Address, "bind" | "advertise">,
): CertificateRequest {
  const applicationUri = `urn:${advertise[0]}:taktwerk:${encodeURIComponent(name)}`;
  // Who is in the same network may well come by address, whatever the URL says.
  const hosts = [...new Set(ANY_ADDRESS.has(bind) ? advertise : [...advertise, bind])];
  return { unit: name, applicationUri, hosts };
}

/** @param who  "unit cnc-01" */
export function listenError(error: unknown, who: string, { port, bind = LOOPBACK }: Address): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return new CodedError(
      "port-in-use",
      `OPC UA port ${port} of ${who} on ${bind} is in use`,
      `stop the program that listens on ${bind}:${port}, or choose another port for the OPC UA endpoints`,
      undefined,
      error,
    );
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new CodedError(
      "bind-failed",
      `the OPC UA server of ${who} cannot listen on ${bind}:${port}: ${message}`,
      `use an address of this machine (127.0.0.1, 0.0.0.0) and a port above 1023`,
      undefined,
      error,
    );
  }
  return error;
}
