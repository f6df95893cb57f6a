import { REFUSAL, refuse, type CommandOutcome, type UnitCommand } from "./command.ts";
import type { Condition } from "./condition.ts";

/** Longest comment and name. */
const TEXT_MAX = 256;

type Action = (condition: Condition, given: UnitCommand["arguments"]) => CommandOutcome;

const note = (given: UnitCommand["arguments"]): { comment: string; by: string } => ({
  comment: String(given.comment ?? ""),
  by: String(given.by ?? ""),
});

const ACTIONS: Readonly<Record<string, Action>> = {
  acknowledge: (condition, given) => condition.acknowledge(note(given)),
  confirm: (condition, given) => condition.confirm(note(given)),
  comment: (condition, given) => condition.addComment(note(given)),
  shelve: (condition, { duration_s }) =>
    duration_s === undefined || typeof duration_s === "number"
      ? condition.shelve(duration_s)
      : refuse(REFUSAL.invalidArgument, `"duration_s" cannot be ${duration_s}; a number`),
  unshelve: (condition) => condition.unshelve(),
};

export const CONDITION_COMMANDS: readonly string[] = Object.keys(ACTIONS);

/**
 * Commands that every unit knows, since every unit has conditions.
 *
 * `acknowledge` `confirm` `comment` { condition, comment?, by? }
 * `shelve` { condition, duration_s? } – without a duration until it is inactive next
 * `unshelve` { condition }
 *
 * @returns undefined for any other command
 */
export function commandCondition(
  conditions: readonly Condition[],
  { name, arguments: given }: UnitCommand,
): CommandOutcome | undefined {
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) return undefined;
  for (const text of [given.comment, given.by]) {
    if (text !== undefined && (typeof text !== "string" || text.length > TEXT_MAX))
      return refuse(REFUSAL.invalidArgument, `a comment is text of at most ${TEXT_MAX} characters`);
  }
  const condition = conditions.find(({ head }) => head.id === given.condition);
  if (!condition) return refuse(REFUSAL.notFound, `there is no condition "${given.condition}"`);
  return action(condition, given);
}
