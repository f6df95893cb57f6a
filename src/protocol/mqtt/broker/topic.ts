/** MQTT 3.1.1 and 5, 4.7: names and filters of topics, as levels between slashes. */

/** Stands for characters that the octets did not have: the text was not UTF-8. */
const REPLACEMENT = "\ufffd";

function levelCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf("/"); at >= 0; at = text.indexOf("/", at + 1)) count += 1;
  return count;
}

/** 4.7.1, 4.7.3: at least one character, no wildcard, no U+0000. */
export function isTopicName(topic: string, maxLevels: number): boolean {
  return topic !== "" && !/[#+\0]/.test(topic) && levelCount(topic) <= maxLevels;
}

/** 4.7.1: `+` is a whole level, `#` a whole level and the last one. */
export function isTopicFilter(filter: string, maxLevels: number): boolean {
  if (filter === "" || filter.includes("\0") || filter.includes(REPLACEMENT)) return false;
  if (levelCount(filter) > maxLevels) return false;
  const levels = filter.split("/");
  return levels.every((level, i) => {
    if (level === "#") return i === levels.length - 1;
    return level === "+" || !/[#+]/.test(level);
  });
}

/** MQTT 5, 4.8.2: `$share/name/filter` */
export const isShared = (filter: string): boolean => filter.startsWith("$share/");
