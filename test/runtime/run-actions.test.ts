/** Commands of the system under test at plant times: done, failed, too long, cut short. */
import { describe, expect, test } from "vitest";
import { RunActions } from "../../src/runtime/run-actions.ts";
import type { RunAction } from "../../src/scenario/run-action-plan.ts";

const command = (id: string, text: string, within_s = 30, every_s?: number, isJudged = false): RunAction => ({
  id,
  at_s: 10,
  every_s,
  what: { kind: "run", command: text, within_s, outage_s: 0, isJudged },
});

const node = (code: string): string => `exec "${process.execPath}" -e "${code}"`;

async function outcomes(actions: readonly RunAction[], until_s: number, isFirst = true): Promise<string[]> {
  const due = new RunActions(
    actions,
    isFirst,
    () => undefined,
    () => undefined,
  );
  expect(due.next_s).toBe(isFirst ? 10 : Infinity);
  due.advance(until_s);
  await due.idle();
  return (await due.finish()).map(({ id, time_s, reason }) => `${id} at ${time_s}: ${reason}`);
}

test("one that ends well is done, one that does not says how", async () => {
  const actions = [
    command("good", "true"),
    command("bad", "exit 7"),
    command("gone", "no-such-program-here"),
  ];
  expect((await outcomes(actions, 10)).sort()).toEqual([
    "bad at 10: it ended with code 7",
    "gone at 10: it ended with code 127",
    "good at 10: ",
  ]);
});

test("one that takes too long is killed with all that it has started", async () => {
  const [said] = await outcomes([command("slow", node("setInterval(() => 0, 1000)"), 0.2)], 10);
  expect(said).toBe("slow at 10: it took longer than 0.2 s");
});

test("one that comes round comes as often as its time has", async () => {
  expect(await outcomes([command("again", "true", 30, 5)], 21)).toHaveLength(3);
});

test("what still runs at the end is ended, and told", async () => {
  const due = new RunActions(
    [command("late", node("setInterval(() => 0, 1000)"))],
    true,
    () => undefined,
    () => undefined,
  );
  due.advance(9);
  expect(due.next_s).toBe(10);
  due.advance(11);
  expect(await due.finish()).toMatchObject([
    { id: "late", done: false, reason: "the run was over before it had ended" },
  ]);
  expect(due.next_s).toBe(Infinity);
});

test("a host that is not the first does none", async () => {
  expect(await outcomes([command("good", "true")], 10, false)).toEqual([]);
});

describe("a command that is a check", () => {
  async function judged(text: string, isFirst = true, until_s = 10) {
    const due = new RunActions(
      [command("verify", text, 30, 5, true), command("other", "true")],
      isFirst,
      () => undefined,
      () => undefined,
    );
    due.advance(until_s);
    await due.idle();
    return { done: (await due.finish()).map(({ done }) => done), tallies: due.tallies };
  }

  test("passes with code 0, and fails with code 1 although it was done", async () => {
    const passed = { name: "action verify", opened: 2, judged: 2, failed: 0, evidence: [] };
    expect(await judged("exit 0", true, 16)).toMatchObject({ done: [true, true, true], tallies: [passed] });
    const evidence = [{ unit: "verify", time_s: 10, why: "it ended with code 1" }];
    expect(await judged("exit 1")).toMatchObject({
      done: [true, true],
      tallies: [{ opened: 1, judged: 1, failed: 1, evidence }],
    });
  });

  test.each(["exit 2", "exit 127", "kill -9 $$", "no-such-program-here"])(
    "says nothing with any other end: %s",
    async (text) => {
      const { done, tallies } = await judged(text);
      expect(done.toSorted()).toEqual([false, true]);
      expect(tallies).toMatchObject([{ opened: 1, judged: 0, failed: 0 }]);
    },
  );

  test("has its place also in a host that does not run it, and before its time", async () => {
    const nothing = { name: "action verify", opened: 0, judged: 0, failed: 0 };
    expect((await judged("exit 1", false)).tallies).toMatchObject([nothing]);
    expect((await judged("exit 1", true, 9)).tallies).toMatchObject([nothing]);
  });
});
