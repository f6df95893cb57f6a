import { describe, expect, test } from "vitest";
import { commandCnc } from "../../src/equipment/cnc/commands.ts";
import { REFUSAL, type CommandOutcome } from "../../src/equipment/command.ts";
import { JOBS_MAX } from "../../src/equipment/job-list.ts";
import { aloneCnc } from "../support/cnc-plant.ts";

const PROGRAM = "BRACKET-12";

function jobShop() {
  const alone = aloneCnc();
  const program = alone.machine.programs[0] ?? PROGRAM;
  const heard: string[] = [];
  alone.machine.context.events.listen(({ kind, message }) => {
    if (kind === "job") heard.push(message);
  });
  const ask = (name: string, job: string, given: Record<string, string | number> = {}): CommandOutcome => {
    const outcome = commandCnc(alone.machine, { name, arguments: { job, ...given } });
    alone.simulation.run(alone.simulation.now_s);
    return outcome;
  };
  const order = (job: string, quantity: number, priority = 0, name = "store-and-start-job"): CommandOutcome =>
    ask(name, job, { program, quantity, priority });
  const until = (holds: () => boolean): void => {
    for (let n = 0; !holds(); n++) {
      if (n > 40_000) throw new Error("it never came");
      alone.simulation.run(alone.simulation.now_s + 1);
    }
  };
  const state = (job: string): string | undefined => alone.machine.jobs.find(job)?.state;
  return { ...alone, jobs: alone.machine.jobs, heard, ask, order, until, state };
}

describe("job orders", () => {
  test("are worked off between two parts: the highest priority first, then in their order", () => {
    const shop = jobShop();
    shop.order("a", 1);
    shop.order("b", 2, 5);
    shop.order("c", 1, 5);
    const started: string[] = [];
    shop.until(() => {
      const id = shop.jobs.active.value;
      if (id !== "" && id !== started.at(-1)) started.push(id);
      return shop.state("a") === "Ended";
    });
    expect(started).toEqual(["b", "c", "a"]);
    expect(shop.jobs.all.map(({ good }) => good)).toEqual([1, 2, 1]);
    expect(shop.jobs.all.every((job) => job.ended_s! > job.started_s!)).toBe(true);
    expect(shop.machine.partsProduced.value).toBe(4);
    shop.until(() => shop.machine.partsProduced.value === 5);
    expect(shop.heard.at(0)).toMatch(/^job order a stored: AllowedToStart, 0 of 1 parts$/);
    expect(shop.heard).toContain("job order b counted: Running, 1 of 2 parts");
  });

  test("wait until they are allowed, and can be changed, revoked and cancelled until they begin", () => {
    const shop = jobShop();
    shop.order("a", 1, 0, "store-job");
    shop.simulation.run(1500);
    expect(shop.state("a")).toBe("NotAllowedToStart");
    expect(shop.order("a", 7, 3, "update-job")).toEqual({ done: true });
    expect(shop.jobs.find("a")).toMatchObject({ quantity: 7, priority: 3 });
    expect(shop.ask("start-job", "a")).toEqual({ done: true });
    expect(shop.ask("start-job", "a")).toMatchObject({ status: REFUSAL.invalidState });
    expect(shop.ask("revoke-job", "a")).toEqual({ done: true });
    expect(shop.ask("clear-job", "a")).toMatchObject({ status: REFUSAL.invalidState });
    expect(shop.ask("cancel-job", "a")).toEqual({ done: true });
    expect(shop.jobs.all).toEqual([]);
  });

  test("pause and go on with the machine, end early after the part in work, and are cleared when over", () => {
    const shop = jobShop();
    shop.order("a", 50);
    shop.until(() => shop.state("a") === "Running");
    expect(shop.ask("pause-job", "a")).toEqual({ done: true });
    expect(shop.state("a")).toBe("Interrupted");
    expect(shop.machine.control.programState.state).toBe("Interrupted");
    expect(shop.ask("resume-job", "a")).toEqual({ done: true });
    expect(shop.state("a")).toBe("Running");
    expect(shop.ask("stop-job", "a")).toEqual({ done: true });
    expect(shop.state("a")).toBe("Running");
    shop.until(() => shop.state("a") === "Ended");
    expect(shop.jobs.find("a")!.good).toBe(1);
    expect(shop.ask("clear-job", "a")).toEqual({ done: true });
    expect(shop.state("a")).toBeUndefined();
  });

  test("an abort ends order and program at once, and leaves scrap", () => {
    const shop = jobShop();
    shop.order("a", 5);
    shop.until(() => shop.state("a") === "Running");
    expect(shop.ask("abort-job", "a")).toEqual({ done: true });
    expect(shop.jobs.find("a")).toMatchObject({ state: "Aborted", good: 0, scrapped: 1 });
    expect(shop.machine.control.programState.state).toBe("Aborted");
    expect(shop.jobs.active.value).toBe("");
  });

  test("can be aborted between two parts as well, which leaves no scrap", () => {
    const shop = jobShop();
    shop.order("a", 5);
    shop.until(() => shop.jobs.find("a")!.good === 1);
    shop.until(() => shop.machine.control.machineState.state === "Loading");
    expect(shop.ask("abort-job", "a")).toEqual({ done: true });
    expect(shop.jobs.find("a")).toMatchObject({ state: "Aborted", good: 1, scrapped: 0 });
    expect(shop.ask("clear-job", "a")).toEqual({ done: true });
  });

  test("that cannot be are refused with the status that says why", () => {
    const shop = jobShop();
    const program = shop.machine.programs[0]!;
    const refused: [name: string, job: string, given: Record<string, string | number>, status: number][] = [
      ["store-job", "", { program, quantity: 1 }, REFUSAL.invalidArgument],
      ["store-job", "a", { program: "nothing", quantity: 1 }, REFUSAL.notFound],
      ["store-job", "a", { program, quantity: 0 }, REFUSAL.outOfRange],
      ["store-job", "a", { program, quantity: 1.5 }, REFUSAL.outOfRange],
      ["store-job", "a", { program, quantity: 1, priority: 40_000 }, REFUSAL.outOfRange],
      ["store-job", "a", { program, quantity: 1, description: 4 }, REFUSAL.invalidArgument],
      ["start-job", "a", {}, REFUSAL.notFound],
      ["pause-job", "a", {}, REFUSAL.notFound],
    ];
    for (const [name, job, given, status] of refused) {
      expect(shop.ask(name, job, given), `${name} ${job}`).toMatchObject({ done: false, status });
    }
    for (let n = 0; n < JOBS_MAX; n++) shop.order(`j${n}`, 1, 0, "store-job");
    expect(shop.order("j0", 1)).toMatchObject({ status: REFUSAL.exists });
    expect(shop.order("one more", 1)).toMatchObject({ status: REFUSAL.tooMany });
    expect(shop.ask("pause-job", "j0")).toMatchObject({ status: REFUSAL.invalidState });
  });
});
