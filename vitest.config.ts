import { configDefaults, defineConfig } from "vitest/config";

/** Tests that mostly compute. All others wait: for sockets, programs that they start, a browser, a terminal. */
const COMPUTING = [
  ...["engine", "equipment", "fidelity", "fuzz", "golden", "oracle", "plant", "scenario", "signal"],
  ...["errors", "tidy"],
].map((room) => `test/${room}{/**/*,}.test.ts`);

/** For what hangs: beside all others, the longest test that does not took 41 s on two cores. */
const LIMITS = { testTimeout: 90_000, hookTimeout: 90_000 };

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
