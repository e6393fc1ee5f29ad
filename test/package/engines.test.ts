/** What the lock file installs runs on every Node that the package promises. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";

const { satisfies } = createRequire(import.meta.url)("semver") as {
  satisfies(version: string, range: string): boolean;
};

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")) as T;
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly overrides: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly engines?: { readonly node?: string } }>
  >;
}

describe("The dependencies", () => {
  it.each(["20.19.0", "24.0.0"])("take Node %s, without a warning of npm", (version) => {
    const { packages } = read<Lock>("package-lock.json");
    const refused = Object.entries(packages)
      .filter(([, { engines }]) => engines?.node !== undefined && !satisfies(version, engines.node))
      .map(([path, entry]) => `${path} ${entry.version}: ${entry.engines?.node}`);
    expect(refused).toEqual([]);
    expect(satisfies(version, read<Manifest>("package.json").engines.node)).toBe(true);
  });

  it("are the same for whoever installs the package, but for what CONTRIBUTING.md names", () => {
    // An override reaches this checkout alone.
    const { overrides } = read<Manifest>("package.json");
    const named = readFileSync(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");
    expect(Object.keys(overrides).filter((name) => !named.includes(`\`${name}\``))).toEqual([]);
  });
});
