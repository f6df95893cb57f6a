/**
 * Whether a text fits a pattern in which * stands for anything, also for nothing. Takes at most the product of both
 * lengths, whatever the pattern: only the last * is ever tried anew, because an earlier one has all it needs.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let [star, resume] = [-1, 0];
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
