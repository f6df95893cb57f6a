import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** A broker in this process, which needs no sockets. */
export interface BrokerLink {
  /** For people */
  readonly name: string;
  /** The client's end of a new connection */
  connect(): Duplex;
}

/** "mqtt://user:password@127.0.0.1:1883", "mqtts://…", or a link */
export type BrokerAddress = string | BrokerLink;

export interface Credentials {
  readonly username?: string;
  readonly password?: Buffer;
}

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883 };

/** A URL that `dial` knows. */
export const isBrokerUrl = (url: string): boolean =>
  URL.canParse(url) && new URL(url).protocol in PORTS && new URL(url).hostname !== "";

/** For people: a broker's name without a password. */
export const brokerName = (broker: BrokerAddress): string =>
  typeof broker === "string" ? broker.replace(/\/\/[^@/]*@/, "//") : broker.name;

/** A stream on its way to the broker. @throws Error for a URL that is none */
export function dial(broker: BrokerAddress): { readonly stream: Duplex; readonly credentials: Credentials } {
  if (typeof broker !== "string") return { stream: broker.connect(), credentials: {} };
  if (!isBrokerUrl(broker)) throw new Error("the address is neither mqtt:// nor mqtts:// with a host");
  const { protocol, hostname, port, username, password } = new URL(broker);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const options = { host, port: port === "" ? PORTS[protocol]! : Number(port) };
  const stream =
    protocol === "mqtts:"
      ? connectTls({ ...options, servername: host })
      : connectTcp({ ...options, noDelay: true });
  return {
    stream,
    credentials: {
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: Buffer.from(decodeURIComponent(password)) }),
    },
  };
}
