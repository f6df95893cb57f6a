import { configDefaults, defineConfig } from "vitest/config";

/** Tests that mostly compute. All others wait: for sockets, programs that they start, a browser, a terminal. */
const COMPUTING = [
  ...["engine", "equipment", "fidelity", "fuzz", "golden", "oracle", "plant", "scenario", "signal"],
  ...["errors", "tidy"],
].map((room) => `test/${room}{/**/*,}.test.ts`);

/** For what hangs; a slow machine with much to do beside it takes its time. */
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    globalSetup: "test/support/build.ts",
    projects: [
      {
        test: {
          ...{ ...LIMITS, name: "wire", include: ["test/**/*.test.{ts,tsx}"] },
          exclude: [...configDefaults.exclude, ...COMPUTING],
          // Twice as many as cores: what one waits for, another uses. Each has ports of its own, `free-ports.ts`.
          ...{ maxWorkers: 4, sequence: { groupOrder: 0 } },
        },
      },
      {
        test: {
          ...{ ...LIMITS, name: "pure", include: COMPUTING },
          // They keep nothing in a process that another could find.
          ...{ maxWorkers: 2, isolate: false, sequence: { groupOrder: 1 } },
        },
      },
    ],
  },
});
