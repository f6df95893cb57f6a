/** JUnit XML: the rules of Jenkins' schema (junit-10), and what stands where. */
import { describe, expect, test } from "vitest";
import { formatJUnit } from "../../src/report/junit.ts";
import { parseXml, type XmlElement } from "../support/xml.ts";
import { printable } from "../../src/errors.ts";
import { allRuns, failedRun, NASTY } from "../support/reported-runs.ts";

/** What may stand in an element, and which attributes it must and may have. */
const RULES: Record<string, { children: string[]; must: string[]; may: string[] }> = {
  testsuites: { children: ["testsuite"], must: [], may: ["name", "time", "tests", "failures", "errors"] },
  testsuite: {
    children: ["testsuite", "properties", "testcase", "system-out", "system-err"],
    must: ["name", "tests", "failures", "errors"],
    may: ["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
  },
  properties: { children: ["property"], must: [], may: [] },
  property: { children: [], must: ["name", "value"], may: [] },
  testcase: {
    children: ["skipped", "error", "failure", "system-out", "system-err"],
    must: ["name"],
    may: ["time", "classname", "group"],
  },
  failure: { children: [], must: [], may: ["type", "message"] },
  error: { children: [], must: [], may: ["type", "message"] },
  skipped: { children: [], must: [], may: ["type", "message"] },
};
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;

function complaints({ name, attributes, children }: XmlElement): string[] {
  const rule = RULES[name];
  if (!rule) return [`<${name}> is unknown`];
  const missing = rule.must.filter((it) => !(it in attributes));
  const unknown = Object.keys(attributes).filter((it) => ![...rule.must, ...rule.may].includes(it));
  const time = attributes["time"];
  return [
    ...missing.map((it) => `<${name}> has no ${it}`),
    ...unknown.map((it) => `<${name}> has ${it}`),
    ...(time === undefined || TIME.test(time) ? [] : [`<${name}> has the time ${time}`]),
    ...children.filter((it) => !rule.children.includes(it.name)).map((it) => `<${name}> has <${it.name}>`),
    ...children.flatMap(complaints),
  ];
}

const root = parseXml(formatJUnit(allRuns));
const [failed, saturated, broken] = root.children;
const casesOf = (suite: XmlElement): XmlElement[] => suite.children.filter(({ name }) => name === "testcase");
/** As XML can have it. */
const CLEAN = printable(NASTY);

test("it is as the schema has it", () => {
  expect(complaints(root)).toEqual([]);
  expect(complaints(parseXml('<testsuites skipped="0"><testcase time="1e3"/></testsuites>'))).toEqual([
    "<testsuites> has skipped",
    "<testsuites> has <testcase>",
    "<testcase> has no name",
    "<testcase> has the time 1e3",
  ]);
});

test("counts are those of what stands there", () => {
  for (const suite of [root, ...root.children]) {
    const cases = suite === root ? root.children.flatMap(casesOf) : casesOf(suite);
    const having = (name: string): string =>
      String(cases.filter((it) => it.children.some((child) => child.name === name)).length);
    expect(suite.attributes).toMatchObject({
      tests: String(cases.length),
      failures: having("failure"),
      errors: having("error"),
    });
  }
});

describe("a run that has failed", () => {
  test("is a suite with seed, digest, version, speed and plant time", () => {
    const [properties] = failed!.children;
    const values = Object.fromEntries(
      properties!.children.map(({ attributes: { name, value } }) => [name, value]),
    );
    expect(values).toEqual({
      ...{ file: "plants/bearing.yaml", again: failedRun.again, seed: "42", digest: "3e481fd9041b623e" },
      ...{ version: "0.1.0", speed: "max", plantTime_s: "1200" },
    });
    expect(failed!.attributes).toMatchObject({
      ...{ name: "bearing (plants/bearing.yaml), seed 42", time: "0.123", timestamp: "2023-11-14T22:13:20" },
    });
  });

  test("has a case for the run and for each check and threshold", () => {
    const outcomes = casesOf(failed!).map(({ attributes, children }) => [
      attributes["name"],
      children[0]?.name ?? "passed",
    ]);
    expect(outcomes).toEqual([
      ["the run", "passed"],
      ["parts come", "passed"],
      [CLEAN, "failure"],
      ["for the whole fleet", "skipped"],
      ["twin.parts_produced count >= 10", "failure"],
      ["twin.alarms count < 3", "passed"],
    ]);
  });

  test("tells the evidence: where, unit, time, what was seen, last events", () => {
    const [failure] = casesOf(failed!)[2]!.children;
    expect(failure!.attributes["message"]).toBe(
      "failed in 1 of 2 windows: cnc-01 at 10.488 s: it was so at 10.487 s",
    );
    for (const part of ["plants/bearing.yaml:14:5", "saw unit.states", "5.800 s"])
      expect(failure!.text).toContain(part);
    expect(failure!.text).toContain("]] > é漢😀");
    expect(failure!.text).toContain(`again: ${failedRun.again}`);
  });
});

test("what was too slow, and what could not be read, is an error of the run", () => {
  const [slow] = casesOf(saturated!);
  expect(slow!.children[0]).toMatchObject({ name: "error", attributes: { type: "inconclusive" } });
  expect(slow!.children[0]!.attributes["message"]).toContain("4.2 s behind");
  expect(casesOf(broken!)).toHaveLength(1);
  const [error] = casesOf(broken!)[0]!.children;
  expect(error!.attributes["type"]).toBe("not started");
  expect(error!.text).toContain("broken.yaml:3:7: error[invalid-value]");
});
