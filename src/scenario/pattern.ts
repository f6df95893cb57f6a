/**
 * Patterns that a file or a client writes. Both kinds are matched in time that grows with the text and not with what
 * the pattern could also mean, so that no pattern stalls a run.
 */
import { RE2JS, RE2JSException } from "re2js";

/** Instructions of a compiled expression; the longest that people write have a few hundred. */
export const PATTERN_SIZE_MAX = 2000;
/** Characters of an expression; compiling takes time as well. */
const PATTERN_LENGTH_MAX = 1000;
/** Compiled expressions that are kept; patterns that are made up on the way would else fill the memory. */
const KEPT_MAX = 256;

const kept = new Map<string, RE2JS>();

/**
 * A regular expression in RE2's syntax, which is that of CEL's `matches`.
 *
 * @throws RangeError when it is none, or too large; its message says why
 */
export function compilePattern(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known) return known;
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new RangeError(`it has ${pattern.length} characters, and ${PATTERN_LENGTH_MAX} are the most`);
  const compiled = compile(pattern);
  const size = compiled.programSize();
  if (size > PATTERN_SIZE_MAX)
    throw new RangeError(
      `it comes to ${size} steps for each character, and ${PATTERN_SIZE_MAX} are the most`,
    );
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new RangeError(error.message.replace(/^error parsing regexp: /, ""), { cause: error });
  }
}
