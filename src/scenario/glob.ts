/** A pattern in which * stands for anything, as the source of a regular expression. */
export const globSource = (pattern: string): string =>
  pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
