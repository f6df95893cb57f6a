/**
 * What has to end with this process: hosts, the system under test, commands of a scenario. However the process ends,
 * an exception and a forced exit included, they are ended when it does; only SIGKILL leaves no time for it.
 */
const ends = new Set<() => void>();

/** @param end  ends it at once, without waiting @returns takes it back, when it has ended by itself */
export function endWithProcess(end: () => void): () => void {
  if (ends.size === 0) process.on("exit", endAll);
  ends.add(end);
  return () => {
    ends.delete(end);
    if (ends.size === 0) process.off("exit", endAll);
  };
}

function endAll(): void {
  for (const end of ends) end();
}

/** Kills a process that was started detached, and all that it has started. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Whether something of a group is still there. */
export function isGroupAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 0);
  } catch {
    return false;
  }
}
