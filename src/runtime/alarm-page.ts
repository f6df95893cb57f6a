import type { Plant } from "../plant/plant.ts";

/** What somebody wants to see of a plant's alarms: a page of the list. */
export interface AlarmQuery {
  /** Only those with this in the name of their unit, in their message or code, in any case. */
  readonly text?: string;
  readonly offset: number;
  readonly limit: number;
}

/** A condition that is active, or was, and the last time that it was. */
export interface Alarm {
  readonly unit: string;
  readonly condition: string;
  readonly message: string;
  /** The controller's alarm number. */
  readonly code: string;
  readonly severity: number;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly isShelved: boolean;
  /** Plant time at which it became active, or inactive. */
  readonly changed_s: number;
}

export interface AlarmPage {
  readonly active: number;
  /** Active or past, and nobody has acknowledged them. */
  readonly unacknowledged: number;
  readonly past: number;
  readonly rows: readonly Alarm[];
}

/** A host's answer: its first `offset + limit` alarms, and how many of those there are that the query leaves. */
export function pageAlarms(plant: Plant, { text = "", offset, limit }: AlarmQuery): AlarmPage {
  const sought = text.toLowerCase();
  const all = plant.units.flatMap(({ name }) =>
    plant.unit(name).conditions.flatMap((condition): Alarm[] => {
      const { head, active, acknowledged, activeChanged_s, shelving } = condition;
      if (!active && activeChanged_s === 0) return [];
      const { id, message, code, severity } = head;
      return [
        {
          ...{ unit: name, condition: id, message, code, severity, active, acknowledged },
          ...{ isShelved: shelving !== "unshelved", changed_s: activeChanged_s },
        },
      ];
    }),
  );
  const alarms = all.filter(({ unit, message, code }) =>
    `${unit} ${message} ${code}`.toLowerCase().includes(sought),
  );
  const active = alarms.filter((alarm) => alarm.active).length;
  return {
    active,
    unacknowledged: alarms.filter(({ acknowledged }) => !acknowledged).length,
    past: alarms.length - active,
    rows: alarms.sort(byUrgency).slice(0, offset + limit),
  };
}

/** One page over the answers of all hosts. */
export function mergeAlarms(pages: readonly AlarmPage[], { offset, limit }: AlarmQuery): AlarmPage {
  const total = (of: (page: AlarmPage) => number): number => pages.reduce((sum, page) => sum + of(page), 0);
  return {
    active: total((page) => page.active),
    unacknowledged: total((page) => page.unacknowledged),
    past: total((page) => page.past),
    rows: pages
      .flatMap(({ rows }) => rows)
      .sort(byUrgency)
      .slice(offset, offset + limit),
  };
}

/** What is active before what is past, what nobody has seen before what somebody has, the newest first. */
const byUrgency = (a: Alarm, b: Alarm): number =>
  Number(b.active) - Number(a.active) ||
  Number(a.acknowledged) - Number(b.acknowledged) ||
  b.changed_s - a.changed_s ||
  (`${a.unit}/${a.condition}` < `${b.unit}/${b.condition}` ? -1 : 1);
