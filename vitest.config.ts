import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    globalSetup: "test/support/build.ts",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: interop tests start servers and peers of their own, so more workers only add noise.
    maxWorkers: 2,
  },
});
