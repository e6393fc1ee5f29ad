import { defineConfig, type TestProjectConfiguration, type ViteUserConfig } from "vitest/config";

/** Real processes with real waits, and suites that take more than ten seconds of an idle core. */
const LONG = ["test/e2e/**/*.test.ts", "test/**/*.long.test.ts"];
const ELSEWHERE = ["test/interop/**", "**/node_modules/**"];

/** `npm test` runs the one project, `npm run test:long` the other; vitest by itself both. */
function project(name: string, include: string[], exclude: string[], timeoutMs: number): TestProjectConfiguration {
  // A condition may take long on a busy machine: a second, the default of expect.poll, is a race with its load.
  const expect = { poll: { timeout: timeoutMs / 2 } };
  return { test: { name, include, exclude, testTimeout: timeoutMs, hookTimeout: timeoutMs, expect, pool: "forks" } };
}

const config: ViteUserConfig = defineConfig({
  test: {
    // As many as cores: by default two cores run one file at a time, in twice the time.
    maxWorkers: "100%",
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["**/*.d.ts"],
      reporter: ["json-summary", "lcov"],
    },
    projects: [
      project("quick", ["test/**/*.test.ts"], [...ELSEWHERE, ...LONG], 30_000),
      project("long", LONG, ELSEWHERE, 120_000),
    ],
  },
});

export default config;
