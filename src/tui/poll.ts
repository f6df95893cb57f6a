import { useEffect, useState } from "react";

const EVERY_MS = 500;
/** Asking may take this share of the time at most, or a large plant would only be looked at. */
const SHARE_MAX = 0.1;

/**
 * Asks again and again, and at once when one of `keys` has changed. What was answered to other keys stays until there
 * is something newer.
 */
export function usePoll<T>(ask: () => Promise<T>, keys: readonly unknown[]): T | undefined {
  const [answer, setAnswer] = useState<T>();
  useEffect(() => {
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;
    const poll = async (): Promise<void> => {
      const began_ms = performance.now();
      // One that fails belongs to a run that fails, which says why.
      const answered = await ask().catch(() => undefined);
      if (isOver) return;
      if (answered !== undefined) setAnswer(answered);
      const took_ms = performance.now() - began_ms;
      timer = setTimeout(() => void poll(), Math.max(EVERY_MS, took_ms / SHARE_MAX));
    };
    void poll();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, keys);
  return answer;
}
