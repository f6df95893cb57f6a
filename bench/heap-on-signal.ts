/** `--import`ed into a program that a bench measures: SIGUSR2 has it collect its garbage and print what it keeps. */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(`heap ${process.memoryUsage().heapUsed}`);
});
