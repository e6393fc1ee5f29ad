import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests against other people's programs; they may build for minutes. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/interop/**/*.interop.test.ts"],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    pool: "forks",
  },
});

export default config;
