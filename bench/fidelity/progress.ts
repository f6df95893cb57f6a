/** One line on a terminal that is written over; nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`);
}

export function progressDone(): void {
  progress("");
}
