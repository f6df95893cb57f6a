/** Every mistake that people make in a scenario: one message each, at its place, with the way out. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CodedError, CodedErrors, EXIT, formatError, type ErrorCode } from "../../src/errors.ts";
import { loadCatalog } from "../../src/runtime/files.ts";
import { planScenario } from "../../src/scenario/plan.ts";
import { scenarioText, UNIT } from "../support/scenario-text.ts";

const catalog = loadCatalog();

function mistakes(text: string): readonly CodedError[] {
  try {
    planScenario("plant.yaml", text, catalog);
  } catch (error) {
    if (error instanceof CodedErrors) return error.errors;
    if (error instanceof CodedError) return [error];
    throw error;
  }
  throw new Error("the scenario is valid");
}

interface Bad {
  readonly text: string;
  readonly code?: ErrorCode;
  /** Line and column. */
  readonly at: readonly [number, number];
  /** The whole message, so that whoever changes one reads it. */
  readonly what: string;
  /** The beginning of what would be right. */
  readonly fix: string;
}

const top = (lines: string): string => scenarioText({ top: `${lines}\n` });
const unit = (from: string | RegExp, to: string): string => scenarioText({ units: UNIT.replace(from, to) });
const opcua = (settings: string): string => top(`endpoints:\n  opcua: { ${settings} }`);
const mqttsn = (settings: string): string => top(`endpoints:\n  mqttsn: { ${settings} }`);
const inGroup = (endpoints: string): string => scenarioText({ group: `    endpoints: { ${endpoints} }\n` });

const FIELDS =
  "Known: taktwerk, name, seed, start, timestamps, duration, speed, fleet, actions, faults, checks, thresholds, report, endpoints, discovery, ports, north, sut, gateway.";
const UNIT_NAME_FIX = "It stands in topics and node ids: letters, digits, - and _, a letter or digit first";
const DURATION_FIX = 'Write text such as "90s", "10m", "1h30m" or "250ms".\nduration: plant time to run';
const SPEED_FIX = 'Write "max", or a number above 0.';
const SEED_FIX =
  "Write a whole number, 0 or more, or text of at most 200 characters.\nseed: root of everything random";
const START_FIX = 'Write text such as "2026-01-05T06:00:00Z" or "2026-01-05T06:00:00+01:00".';
const COUNT_FIX = "Write a whole number from 1 to 10000";
const TOP_FIX = "Write the fields taktwerk, name, fleet.";

/** All of the library, as messages list them. */
const known = (folder: string): string =>
  `${readdirSync(`models/${folder}`)
    .map((file) => `${folder}/${file.replace(/\.yaml$/, "")}`)
    .sort()
    .join(", ")}.`;
const MODELS = known("cnc");

const REFERENCES: Record<string, Bad> = {
  "unknown model": {
    text: unit("15kw", "15kv"),
    code: "unknown-model",
    at: [6, 18],
    what: 'there is no machine model "cnc/vmc-3axis-15kv"',
    fix: `Did you mean "cnc/vmc-3axis-15kw"? Known: ${MODELS}`,
  },
  "unknown model that resembles none": {
    text: unit("cnc/vmc-3axis-15kw", "robot"),
    code: "unknown-model",
    at: [6, 18],
    what: 'there is no machine model "robot"',
    fix: `Known: ${MODELS}`,
  },
  "model without its folder": {
    text: unit("cnc/vmc", "vmc"),
    code: "unknown-model",
    at: [6, 18],
    what: 'there is no machine model "vmc-3axis-15kw"',
    fix: 'Did you mean "cnc/vmc-3axis-15kw"?',
  },
  "program as a model": {
    text: unit("cnc/vmc-3axis-15kw", "programs/bracket-al"),
    code: "unknown-model",
    at: [6, 18],
    what: 'there is no machine model "programs/bracket-al"',
    fix: `Known: ${MODELS}`,
  },
  "unknown program": {
    text: unit("bracket", "braket"),
    code: "unknown-program",
    at: [6, 67],
    what: 'there is no part program "programs/braket-al"',
    fix: `Did you mean "programs/bracket-al"? Known: ${known("programs")}`,
  },
};

const FIELD_MISTAKES: Record<string, Bad> = {
  "number for text": {
    text: unit("cnc/vmc-3axis-15kw", "5"),
    at: [6, 18],
    what: '"model" cannot be 5',
    fix: 'Write text such as "cnc/vmc-3axis-15kw".\nmodel: machine model',
  },
  "text for a list": {
    text: "taktwerk: 1\nname: p\nfleet: hall\n",
    at: [3, 8],
    what: '"fleet" cannot be "hall"',
    fix: "Write a list of 1 to 10000 entries.\nfleet: groups of units",
  },
  "text for a number": {
    text: unit("name:", 'count: "3", name:'),
    at: [6, 45],
    what: '"count" cannot be "3"',
    fix: "Write a whole number from 1 to 10000, without quotes.",
  },
  "missing field of the scenario": {
    text: scenarioText().replace("name: plant\n", ""),
    at: [1, 1],
    what: 'missing field "name"',
    fix: 'Add "name:" with text such as "hall-1".\nname: name of the scenario and of the plant',
  },
  "missing version": {
    text: scenarioText().replace("taktwerk: 1\n", ""),
    at: [1, 1],
    what: 'missing field "taktwerk"',
    fix: 'Add "taktwerk:" with 1.',
  },
  "missing field of a unit": {
    text: unit("model: cnc/vmc-3axis-15kw, ", ""),
    at: [6, 9],
    what: 'missing field "model" in entry 1 of "units"',
    fix: 'Add "model:" with text such as "cnc/vmc-3axis-15kw".',
  },
  "group without units": {
    text: "taktwerk: 1\nname: p\nfleet:\n  - group: hall\n",
    at: [4, 5],
    what: 'missing field "units" in entry 1 of "fleet"',
    fix: 'Add "units:" with a list of 1 to 10000 entries.',
  },
  "group with an empty list of units": {
    text: "taktwerk: 1\nname: p\nfleet:\n  - group: hall\n    units: []\n",
    at: [5, 12],
    what: '"units" cannot be []',
    fix: "Write a list of 1 to 10000 entries.",
  },
  "units without entries": {
    text: "taktwerk: 1\nname: p\nfleet:\n  - group: hall\n    units:\n",
    at: [5, 5],
    what: '"units" has no value',
    fix: "Write a list of 1 to 10000 entries.",
  },
  "misspelt field": {
    text: top("sede: 3"),
    at: [3, 1],
    what: 'unknown field "sede"',
    fix: `Did you mean "seed"? ${FIELDS}`,
  },
  "field that resembles none": {
    text: top("xyzzy: 3"),
    at: [3, 1],
    what: 'unknown field "xyzzy"',
    fix: FIELDS,
  },
  "misspelt field that is needed": {
    text: unit("name:", "nmae:"),
    at: [6, 38],
    what: 'unknown field "nmae" in entry 1 of "units"',
    fix: 'Did you mean "name"? Known: model, count, name, program, operation, failures.',
  },
  "field with an unprintable name": {
    text: top('"\\e[31m": 1'),
    at: [3, 1],
    what: 'unknown field "\\u001b[31m"',
    fix: FIELDS,
  },
  "field of JavaScript's": {
    text: top("__proto__: 1"),
    at: [3, 1],
    what: 'unknown field "__proto__"',
    fix: FIELDS,
  },
  "merge key": { text: top("<<: { seed: 1 }"), at: [3, 1], what: 'unknown field "<<"', fix: FIELDS },
  "field without value": { text: top("seed:"), at: [3, 1], what: '"seed" has no value', fix: SEED_FIX },
  "negative duration": {
    text: top("duration: -5m"),
    at: [3, 11],
    what: '"duration" cannot be "-5m": a duration is not negative',
    fix: DURATION_FIX,
  },
  "number as a duration": {
    text: top("duration: 5"),
    at: [3, 11],
    what: '"duration" cannot be 5',
    fix: DURATION_FIX,
  },
  "duration without unit": {
    text: top('duration: "5"'),
    at: [3, 11],
    what: '"duration" cannot be "5": its unit is missing',
    fix: DURATION_FIX,
  },
  "duration in words": {
    text: top("duration: a week"),
    at: [3, 11],
    what: '"duration" cannot be "a week": that is no number with a unit',
    fix: DURATION_FIX,
  },
  "duration beyond all calendars": {
    text: top("duration: 99999999d"),
    at: [3, 11],
    what: '"duration" cannot be "99999999d": a hundred years are the most',
    fix: DURATION_FIX,
  },
  "speed 0": { text: top("speed: 0"), at: [3, 8], what: '"speed" cannot be 0', fix: SPEED_FIX },
  "speed -1": { text: top("speed: -1"), at: [3, 8], what: '"speed" cannot be -1', fix: SPEED_FIX },
  "speed in words": {
    text: top("speed: fast"),
    at: [3, 8],
    what: '"speed" cannot be "fast"',
    fix: SPEED_FIX,
  },
  "speed without end": {
    text: top("speed: .inf"),
    at: [3, 8],
    what: '"speed" cannot be Infinity',
    fix: SPEED_FIX,
  },
  "negative seed": { text: top("seed: -1"), at: [3, 7], what: '"seed" cannot be -1', fix: SEED_FIX },
  "seed with decimals": { text: top("seed: 1.5"), at: [3, 7], what: '"seed" cannot be 1.5', fix: SEED_FIX },
  "seed that a number cannot hold": {
    text: top("seed: 99999999999999999999"),
    at: [3, 7],
    what: '"seed" cannot be 100000000000000000000',
    fix: SEED_FIX,
  },
  "empty seed": { text: top('seed: ""'), at: [3, 7], what: '"seed" has no value', fix: SEED_FIX },
  "timestamps typo": {
    text: top("timestamps: wal"),
    at: [3, 13],
    what: '"timestamps" cannot be "wal"',
    fix: 'Did you mean "wall"? Write "wall" or "plant".',
  },
  "start without zone": {
    text: top("start: 2026-01-05T06:00:00"),
    at: [3, 8],
    what: '"start" cannot be "2026-01-05T06:00:00"',
    fix: START_FIX,
  },
  "start on a day that does not exist": {
    text: top("start: 2026-02-30T06:00:00Z"),
    at: [3, 8],
    what: '"start" cannot be "2026-02-30T06:00:00Z"',
    fix: START_FIX,
  },
  "count 0": {
    text: unit("name:", "count: 0, name:"),
    at: [6, 45],
    what: '"count" cannot be 0',
    fix: COUNT_FIX,
  },
  "count 1.5": {
    text: unit("name:", "count: 1.5, name:"),
    at: [6, 45],
    what: '"count" cannot be 1.5',
    fix: COUNT_FIX,
  },
  "count far too high": {
    text: unit("name:", "count: 10001, name:"),
    at: [6, 45],
    what: '"count" cannot be 10001',
    fix: COUNT_FIX,
  },
  "value too long to repeat": {
    text: top(`start: ${"x".repeat(5000)}`),
    at: [3, 8],
    what: `"start" cannot be "${"x".repeat(59)}…`,
    fix: START_FIX,
  },
};

const NAMES: Record<string, Bad> = {
  "name of the scenario with a slash": {
    text: scenarioText().replace("name: plant", "name: hall/plant"),
    at: [2, 7],
    what: '"name" cannot be "hall/plant"',
    fix: 'Write text such as "hall-1".\nname: name of the scenario and of the plant: letters, digits, - and _',
  },
  "group with a space": {
    text: scenarioText().replace("group: hall", "group: hall 1"),
    at: [4, 12],
    what: '"group" cannot be "hall 1"',
    fix: 'Write text such as "hall-1".',
  },
  "unit with a slash": {
    text: unit("cnc-{n:02}", "hall/cnc"),
    at: [6, 44],
    what: 'no unit can be named "hall/cnc"',
    fix: UNIT_NAME_FIX,
  },
  "unit with a placeholder that is none": {
    text: unit("cnc-{n:02}", "cnc-{i}"),
    at: [6, 44],
    what: 'no unit can be named "cnc-{i}"',
    fix: UNIT_NAME_FIX,
  },
  "unit with a name that is too long": {
    text: unit("cnc-{n:02}", "x".repeat(65)),
    at: [6, 44],
    what: `no unit can be named "${"x".repeat(65)}"`,
    fix: UNIT_NAME_FIX,
  },
  "two units with one name": {
    text: scenarioText({ units: `${UNIT}\n${UNIT.replace("cnc-{n:02}", "cnc-01")}` }),
    code: "duplicate-unit",
    at: [7, 44],
    what: 'two units are named "cnc-01"',
    fix: "The first stands at line 6; give one of them another name.",
  },
  "two lines with the same names": {
    text: scenarioText({
      units: [UNIT, UNIT].map((it) => it.replace("name:", "count: 30, name:")).join("\n"),
    }),
    code: "duplicate-unit",
    at: [7, 55],
    what: 'two units are named "cnc-01"',
    fix: "The first stands at line 6",
  },
  "count without {n}": {
    text: unit('name: "cnc-{n:02}"', 'count: 3, name: "cnc"'),
    code: "duplicate-unit",
    at: [6, 54],
    what: '3 units would all be named "cnc"',
    fix: 'Number them: "cnc-{n:02}".',
  },
};

const VERSIONS: Record<string, Bad> = {
  "older format": {
    text: scenarioText().replace("taktwerk: 1", "taktwerk: 0"),
    code: "format-version",
    at: [1, 11],
    what: "the file is of format version 0, and this Taktwerk reads version 1",
    fix: "Write taktwerk: 1, then see what else has to change.",
  },
  "newer format": {
    text: scenarioText().replace("taktwerk: 1", "taktwerk: 2\nshifts: { early: 6h }"),
    code: "format-version",
    at: [1, 11],
    what: "the file is of format version 2, and this Taktwerk reads version 1",
    fix: "Use a newer Taktwerk.",
  },
  "format in words": {
    text: scenarioText().replace("taktwerk: 1", "taktwerk: one"),
    at: [1, 11],
    what: '"taktwerk" cannot be "one"',
    fix: "Write 1.\ntaktwerk: version of the file format",
  },
  "format in quotes": {
    text: scenarioText().replace("taktwerk: 1", 'taktwerk: "1"'),
    at: [1, 11],
    what: '"taktwerk" cannot be "1"',
    fix: "Write 1, without quotes.",
  },
};

const ENDPOINTS: Record<string, Bad> = {
  "port out of range": {
    text: opcua("port: 70000"),
    at: [4, 18],
    what: '"port" cannot be 70000',
    fix: "Write a whole number from 1 to 65535.",
  },
  "port 0": {
    text: opcua("port: 0"),
    at: [4, 18],
    what: '"port" cannot be 0',
    fix: "Write a whole number from 1 to 65535.",
  },
  "more units than ports": {
    text: opcua("port: 65530").replace('name: "cnc', 'count: 100, name: "cnc'),
    at: [4, 18],
    what: 'ports from 65530 do not suffice: "cnc-100" is unit 100 and would need 65629',
    fix: "Write port: 65436 or lower, or run fewer units.",
  },
  "two groups on one port": {
    text: `${scenarioText({ units: UNIT.replace("name:", "count: 9, name:") })}  - group: yard
    endpoints: { opcua: { port: 24832 } }
    units:
${UNIT.replace('name: "cnc', 'count: 5, name: "mill')}\n`,
    at: [10, 54],
    what: '"mill-01" would listen on port 24841, as "cnc-01" does',
    fix: "Its port is that of its group plus its place in the plan, 24832 + 9; choose another.",
  },
  "a server on the broker's port": {
    text: opcua("port: 21883"),
    at: [8, 44],
    what: '"cnc-01" would listen on port 21883, as the embedded MQTT broker does',
    fix: "Its port is that of its group plus its place in the plan, 21883 + 0; choose another.",
  },
  "security policy that does not exist": {
    text: opcua("security: [none, Basic256Sha256]"),
    at: [4, 29],
    what: 'entry 2 of "security" cannot be "Basic256Sha256"',
    fix: 'Did you mean "Basic256Sha256/Sign"? Write "none", "Basic256Sha256/Sign"',
  },
  "empty security": {
    text: opcua("security: []"),
    at: [4, 22],
    what: '"security" cannot be []',
    fix: 'Write a list with at least one entry such as ["none","Basic256Sha256/SignAndEncrypt"].',
  },
  "security without a list": {
    text: opcua("security: none"),
    at: [4, 22],
    what: '"security" cannot be "none"',
    fix: "Write a list with at least one entry",
  },
  "network address without security": {
    text: opcua("bind: 192.168.1.5"),
    code: "insecure-bind",
    at: [4, 18],
    what: "OPC UA without security would listen on 192.168.1.5, which others can reach",
    fix: "Write beside bind:\n  security: [Basic256Sha256/SignAndEncrypt]\nor, if everybody on that network may control the plant:\n  insecure: true",
  },
  "network address with security beside none": {
    text: opcua("bind: plant.example, security: [none, Aes256_Sha256_RsaPss/Sign]"),
    code: "insecure-bind",
    at: [4, 18],
    what: "OPC UA without security would listen on plant.example, which others can reach",
    fix: "Write beside bind:\n  security: [Aes256_Sha256_RsaPss/Sign]\n",
  },
  "name that only looks like loopback": {
    text: opcua("bind: 127.0.0.1.example"),
    code: "insecure-bind",
    at: [4, 18],
    what: "OPC UA without security would listen on 127.0.0.1.example, which others can reach",
    fix: "Write beside bind:",
  },
  "network address that a group inherits": {
    text: `${opcua("bind: 10.0.0.1, security: [Basic256Sha256/Sign]")}  - group: yard
    endpoints: { opcua: { security: [none] } }
    units:
${UNIT.replace("cnc-", "mill-")}\n`,
    code: "insecure-bind",
    at: [4, 18],
    what: "OPC UA without security would listen on 10.0.0.1, which others can reach",
    fix: "Write beside bind:",
  },
  "every address without a name for clients": {
    text: opcua("bind: 0.0.0.0, security: [Basic256Sha256/Sign]"),
    at: [4, 18],
    what: '"bind" cannot be "0.0.0.0" alone: no client can connect to that',
    fix: "Add the name or address of this machine that clients use:\n  advertise: plant.example",
  },
  "address with a space": {
    text: opcua("bind: my host"),
    at: [4, 18],
    what: '"bind" cannot be "my host"',
    fix: 'Write text such as "127.0.0.1" or "127.0.1.{n}".',
  },
  "gateway URL of another protocol": {
    text: mqttsn("gateway: mqtt://127.0.0.1:1883"),
    at: [4, 22],
    what: '"gateway" cannot be "mqtt://127.0.0.1:1883"',
    fix: 'Write "embedded", or text such as "udp://192.168.0.10:1884", or text such as "search://239.255.0.1:1883", or a list with at least one entry.',
  },
  "gateway URL with a port that cannot be": {
    text: mqttsn("gateway: udp://127.0.0.1:65536"),
    at: [4, 22],
    what: '"gateway" cannot be "udp://127.0.0.1:65536"',
    fix: 'Write "embedded", or text such as "udp://192.168.0.10:1884", or text such as "search://239.255.0.1:1883", or a list with at least one entry.',
  },
  "broker URL without port": {
    text: top("gateway: { broker: mqtt://127.0.0.1 }"),
    at: [3, 20],
    what: '"broker" cannot be "mqtt://127.0.0.1"',
    fix: 'Write text such as "embedded" or "mqtt://192.168.0.10:1883".',
  },
  "qos 3": {
    text: mqttsn("qos: 3"),
    at: [4, 18],
    what: '"qos" cannot be 3',
    fix: "Write -1, 0, 1 or 2.",
  },
  "one id for two predefined topics": {
    text: top('gateway: { predefined: { "a/b": 1, "a/c": 1 } }'),
    at: [3, 43],
    what: 'the topic "a/c" has the id 1, as "a/b" has',
    fix: "Give each topic an id of its own, 1 to 65534.",
  },
  "keep-alive that MQTT-SN cannot carry": {
    text: mqttsn("keep-alive: 1d"),
    at: [4, 25],
    what: '"keep-alive" cannot be "1d": it is whole seconds, from 1s to 65535s',
    fix: 'Write text such as "60s" or "5m".',
  },
  "an interval that floods": {
    text: mqttsn("publish: 0s"),
    at: [4, 22],
    what: '"publish" cannot be "0s": it is from 1ms to 24d',
    fix: 'Write "tick" or "change"',
  },
  "an interval that no timer keeps": {
    text: mqttsn("publish: 30d"),
    at: [4, 22],
    what: '"publish" cannot be "30d": it is from 1ms to 24d',
    fix: 'Write "tick" or "change"',
  },
  "a retry that no timer keeps": {
    text: mqttsn("retry: 25d"),
    at: [4, 20],
    what: '"retry" cannot be "25d": it is from 1ms to 24d',
    fix: 'Write text such as "90s", "10m", "1h30m" or "250ms".',
  },
  "embedded gateway on a network address": {
    text: top("gateway: { bind: 10.0.0.1 }"),
    code: "insecure-bind",
    at: [3, 18],
    what: "the embedded MQTT-SN gateway and broker would listen on 10.0.0.1, which others can reach",
    fix: "They know no security. If everybody on that network may read along, write beside bind:\n  insecure: true",
  },
  "endpoints true": {
    text: top("endpoints: true"),
    at: [3, 12],
    what: '"endpoints" cannot be true',
    fix: "Write the fields opcua, mqttsn.",
  },
  "addresses past the last": {
    text: opcua("bind: '127.0.255.{n}'").replace('name: "cnc', 'count: 255, name: "cnc'),
    at: [4, 18],
    what: '"cnc-255" is unit 255 and would need the address 127.0.256.1',
    fix: "Begin with a lower address, or run fewer units.",
  },
  "a network address for each without security": {
    text: opcua("bind: '192.168.1.{n}'"),
    code: "insecure-bind",
    at: [4, 18],
    what: "OPC UA without security would listen on 192.168.1.{n}, which others can reach",
    fix: "Write beside bind:",
  },
  "a user without a password": {
    text: opcua("users: [{ name: olga, role: operator }]"),
    at: [4, 20],
    what: "user 1 has to have either a name and a password or a certificate",
    fix: "Write name and password, or certificate alone, whose common name is the user's.",
  },
  "a password itself": {
    text: opcua("users: [{ name: olga, password: swordfish, role: operator }]"),
    at: [4, 44],
    what: '"password" cannot be what stands here',
    fix: 'Write text such as "env:OLGA_PASSWORD".\npassword: an environment variable that holds it',
  },
  "two users of one name": {
    text: opcua(
      "users: [{ name: a, password: 'env:A', role: operator }, { name: a, password: 'env:B', role: engineer }]",
    ),
    at: [4, 68],
    what: 'two users are named "a"',
    fix: "Give one of them another name.",
  },
  "a user named anonymous": {
    text: opcua("users: [{ name: anonymous, password: 'env:A', role: operator }]"),
    at: [4, 20],
    what: 'no user can be named "anonymous"',
    fix: "Write anonymous: observer beside users instead.",
  },
  "nobody who can log in": {
    text: opcua("anonymous: false"),
    at: [4, 10],
    what: "without anonymous clients and users nobody can log in",
    fix: "Write users: beside it, or anonymous: observer.",
  },
  "a past that no machine keeps": {
    text: opcua("history: 2h"),
    at: [4, 21],
    what: '"history" cannot be "2h": it is at most 1h',
    fix: 'Write text such as "10m" or "1h".',
  },
  "opcua true": {
    text: top("endpoints: { opcua: true }"),
    at: [3, 21],
    what: '"opcua" cannot be true',
    fix: "Write false, or the fields port, bind, advertise, mode, security, anonymous, users, trust, nodesets, limits, history, keys, insecure.",
  },
  "endpoints in the singular": {
    text: top("endpoint: { opcua: false }"),
    at: [3, 1],
    what: 'unknown field "endpoint"',
    fix: 'Did you mean "endpoints"?',
  },
  "misspelt setting of a group": {
    text: inGroup("opcua: { prot: 3000 }"),
    at: [5, 27],
    what: 'unknown field "prot" in "opcua"',
    fix: 'Did you mean "port"? Known: port, bind, advertise, mode, security, anonymous, users, trust, nodesets, limits, history, keys, insecure.',
  },
  "misspelt endpoint of a group": {
    text: inGroup("mqtt: false"),
    at: [5, 18],
    what: 'unknown field "mqtt" in "endpoints"',
    fix: 'Did you mean "mqttsn"? Known: opcua, mqttsn.',
  },
  "network address of a group": {
    text: inGroup("opcua: { bind: 10.0.0.1 }"),
    code: "insecure-bind",
    at: [5, 33],
    what: "OPC UA without security would listen on 10.0.0.1, which others can reach",
    fix: "Write beside bind:",
  },
};

const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
for (const [before, name] of ["ab", "bc", "cd", "de", "ef", "fg", "gh"])
  bomb.push(`${name}: &${name} [${Array<string>(10).fill(`*${before}`).join(", ")}]`);

const TOO_DEEP = {
  what: "lists and fields stand inside each other more than 64 deep",
  fix: "Look for brackets that are never closed.",
};

const YAML: Record<string, Bad> = Object.fromEntries(
  Object.entries({
    "bracket that is not closed": {
      text: top("seed: [1"),
      at: [4, 1],
      what: 'a bracket above is not closed before "fleet:"',
      fix: "Close it, or indent what belongs inside.",
    },
    "colon that is missing": {
      text: top("seed 1"),
      at: [3, 1],
      what: '"seed 1" and what is around it do not fit together',
      fix: 'Write each field as "name: value"',
    },
    "colon too many": {
      text: top("seed: 1: 2"),
      at: [3, 7],
      what: '"1: 2" and what is around it do not fit together',
      fix: 'Write each field as "name: value"',
    },
    "quote that is not closed": {
      text: top('start: "2026'),
      at: [3, 13],
      what: "a quote that opens here or above is not closed",
      fix: "Close it.",
    },
    "field that is indented too far": {
      text: "taktwerk: 1\n  name: plant\n",
      at: [1, 11],
      what: '"1" and what is around it do not fit together',
      fix: 'Write each field as "name: value", and let the fields of one thing begin in one column.',
    },
    tab: {
      text: "taktwerk: 1\nname: p\nfleet:\n\t- group: hall\n",
      at: [4, 1],
      what: "the line is indented with a tab",
      fix: "Indent with spaces, two for each level.",
    },
    "field twice": {
      text: top("name: other"),
      at: [3, 1],
      what: 'the field "name" stands here a second time',
      fix: "Keep one of them.",
    },
    "two documents": {
      text: `${scenarioText()}---\nseed: 1\n`,
      at: [7, 1],
      what: 'a second document begins at "---"',
      fix: "Write one document a file.",
    },
    "tag that nobody knows": {
      text: top("seed: !!js/function x"),
      at: [3, 7],
      what: 'nobody knows the tag "!!js/function x"',
      fix: "Write the value without a tag.",
    },
    "field whose name is a list": {
      text: top("? [a, b]\n: 1"),
      at: [3, 3],
      what: "the name of a field must be a plain word",
      fix: 'Write it as in "seed: 42".',
    },
    "alias without an anchor": {
      text: top("seed: *seed"),
      at: [3, 7],
      what: 'the alias "*seed" has no anchor "&seed" above it',
      fix: "Write the value out instead.",
    },
    "alias that contains itself": {
      text: "taktwerk: 1\nname: p\nfleet: &f\n  - *f\n",
      at: [4, 5],
      what: 'the alias "*f" contains itself',
      fix: "Write the value out instead.",
    },
    "aliases that unfold without end": {
      text: `${bomb.join("\n")}\n`,
      at: [5, 36],
      what: 'with the alias "*d" the file unfolds to more than 100000 values',
      fix: "Write the values out instead.",
    },
    "nesting that has an end": {
      text: `taktwerk: ${"[".repeat(200)}${"]".repeat(200)}\n`,
      at: [1, 74],
      ...TOO_DEEP,
    },
    "nesting without end": { text: `taktwerk: ${"[".repeat(50_000)}\n`, at: [1, 75], ...TOO_DEEP },
    "nesting of blocks": { text: `fleet:\n  ${"- ".repeat(3_000)}x\n`, at: [2, 132], ...TOO_DEEP },
  } satisfies Record<string, Bad>).map(([name, bad]) => [name, { ...bad, code: "yaml-syntax" as const }]),
);

const FILES: Record<string, Bad> = {
  "empty file": { text: "", at: [1, 1], what: "the file is empty", fix: TOP_FIX },
  "only comments": { text: "# to do\n", at: [1, 1], what: "the file is empty", fix: TOP_FIX },
  "list instead of fields": {
    text: "- a\n- b\n",
    at: [1, 1],
    what: "the file holds a list, not fields",
    fix: TOP_FIX,
  },
  "no space after the colons": {
    text: "taktwerk:1\nname:plant\n",
    at: [1, 1],
    what: 'the file holds "taktwerk:1 name:plant", not fields',
    fix: "Write a space after each colon.",
  },
  "one word": { text: "hello\n", at: [1, 1], what: 'the file holds "hello", not fields', fix: TOP_FIX },
};

describe.each([
  ["references", REFERENCES],
  ["fields", FIELD_MISTAKES],
  ["names", NAMES],
  ["format version", VERSIONS],
  ["endpoints", ENDPOINTS],
  ["YAML", YAML],
  ["files", FILES],
])("%s", (_group, table) => {
  test.each(Object.entries(table))("%s", (_name, { text, code = "invalid-value", at, what, fix }) => {
    const found = mistakes(text);
    expect(found.map(formatError)).toHaveLength(1);
    const [error] = found as [CodedError];
    expect(error).toMatchObject({ code, message: what, exitCode: EXIT.usage });
    expect([error.place?.file, error.place?.line, error.place?.column]).toEqual(["plant.yaml", ...at]);
    expect(error.fix.slice(0, fix.length)).toBe(fix);
  });
});

/** Line, column and message of each. */
const listed = (text: string): string[] =>
  mistakes(text).map(({ place, message }) => `${place?.line}:${place?.column} ${message}`);

describe("several mistakes", () => {
  test("are all told, from top to bottom", () => {
    const units = UNIT.replace("name:", "count: 0, name:");
    expect(listed(scenarioText({ top: "sede: 1\nspeed: 0\nduration: -1s\n", units }))).toEqual([
      '3:1 unknown field "sede"',
      '4:8 "speed" cannot be 0',
      '5:11 "duration" cannot be "-1s": a duration is not negative',
      '9:45 "count" cannot be 0',
    ]);
  });

  test("in one endpoint do not hide each other", () => {
    expect(listed(opcua("bind: [1], prt: 4, security: [None, off]"))).toEqual([
      '4:18 "bind" cannot be [1]',
      '4:23 unknown field "prt" in "opcua"',
      '4:42 entry 1 of "security" cannot be "None"',
      '4:48 entry 2 of "security" cannot be "off"',
    ]);
  });

  test("that only planning sees are all told as well", () => {
    const units = [UNIT.replace("15kw", "15kv"), UNIT.replace("bracket", "braket")].join("\n");
    expect(listed(scenarioText({ top: "endpoints:\n  opcua: { bind: 0.0.0.0 }\n", units }))).toEqual([
      '4:18 "bind" cannot be "0.0.0.0" alone: no client can connect to that',
      "4:18 OPC UA without security would listen on 0.0.0.0, which others can reach",
      '8:18 there is no machine model "cnc/vmc-3axis-15kv"',
      '9:44 two units are named "cnc-01"',
      '9:67 there is no part program "programs/braket-al"',
    ]);
  });

  test("of one kind in YAML are told until its syntax breaks", () => {
    expect(listed("name: a\nname: b\nname: c\nfleet: [\n")).toEqual([
      '2:1 the field "name" stands here a second time',
      '3:1 the field "name" stands here a second time',
      "5:1 a bracket above is not closed before the end",
    ]);
  });
});

test("options do not decide whether a file is valid", () => {
  const text = opcua("bind: 10.0.0.1");
  expect(() => planScenario("plant.yaml", text, catalog, { endpoints: false })).toThrow(CodedErrors);
  expect(() => planScenario("plant.yaml", text, catalog, { speed: "max" })).toThrow(CodedErrors);
});

test("Windows line ends and a byte order mark do not move places", () => {
  const text = scenarioText().replace("taktwerk: 1", "taktwerk: one").replace("15kw", "15kv");
  expect(listed(`\ufeff${text.replaceAll("\n", "\r\n")}`)).toEqual(['1:11 "taktwerk" cannot be "one"']);
});
