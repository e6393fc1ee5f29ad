import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ThreadRunner } from "../../src/jobs/thread-runner.ts";
import { compiled } from "../akd/support/compiled.ts";

let script: URL;
let remove: () => void;
let runner: ThreadRunner;
beforeAll(() => {
  const result = compiled("jobs/job-thread.ts");
  script = pathToFileURL(join(result.folder, "jobs/job-thread.js"));
  remove = result.remove;
});
afterAll(() => remove());
afterEach(() => runner.close());

function start(threads: number): ThreadRunner {
  runner = new ThreadRunner({ threads }, { handler: new URL("support/stand-in.mjs", import.meta.url), script });
  return runner;
}

function world(seed: number, scenario: object = {}): { id: string; question: object } {
  return { id: `w-${seed}`, question: { scenario: { auditors: 3, ...scenario }, seed } };
}

describe("jobs on threads", () => {
  it("gives every question its own answer, also when there are more of them than threads", async () => {
    const several = start(2);
    const answers = await Promise.all([1, 2, 3, 4, 5, 1].map((seed) => several.ask(world(seed))));
    const hashes = answers.map((answer) => (answer as { traceHash: string }).traceHash);
    expect(new Set(hashes).size).toBe(5);
    expect(hashes[5]).toBe(hashes[0]);
  });

  it("says which job threw, and goes on with the others", async () => {
    const one = start(1);
    const bad = one.ask(world(7, { throwOnSeeds: [7] }));
    const good = one.ask(world(8));
    await expect(bad).rejects.toMatchObject({ code: "JOB_FAILED", metadata: { job: "w-7" } });
    await expect(good).resolves.toBeDefined();
  });

  it("says which job its thread died of, and goes on with a new thread", async () => {
    const one = start(1);
    const bad = one.ask(world(7, { exitOnSeeds: [7] }));
    const good = one.ask(world(8));
    await expect(bad).rejects.toMatchObject({ code: "JOB_CRASHED", metadata: { job: "w-7" } });
    await expect(good).resolves.toBeDefined();
  });

  it("takes back what has not begun and finishes what has", async () => {
    const one = start(1);
    const begun = one.ask(world(1, { slowMs: 50 }));
    const waiting = one.ask(world(2));
    await one.withdraw();
    await expect(waiting).rejects.toMatchObject({ code: "JOB_WITHDRAWN" });
    await expect(begun).resolves.toBeDefined();
  });
});
