import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesText } from "../../../src/lab/report/bytes-text.ts";
import { makeReport } from "../../../src/lab/report/report.ts";
import type { Report } from "../../../src/lab/report/report-shape.ts";
import { madeUpMeasures, madeUpRunSummary, writeMadeUpRun } from "../../support/simulated-run.ts";

const HOSTILE = "</script><script>alert(1)</script><img src=x onerror='alert(2)'> & \"more\"";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-report-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function reportOf(name: string, write: (path: string) => void): Promise<Report> {
  const path = join(folder, name);
  write(path);
  return await makeReport([path]);
}

/** What a browser would fetch: addresses in attributes and styles, but no names of XML. */
function loads(html: string): string[] {
  return [...html.matchAll(/(?:src|href|action|url\(|@import|fetch\()\s*=?\s*["'(]?\s*(https?:|\/\/)[^"')\s]*/gi)].map(
    ([all]) => all,
  );
}

describe("the report of a run", () => {
  let report: Report;
  beforeAll(async () => {
    report = await reportOf("plain", (path) => writeMadeUpRun(path));
  });

  it("tells the story, the exact command, seed, version, commit and hashes", () => {
    for (const text of [
      "noticed first",
      "coaudit sim run split.yaml --seed 7 --out out",
      "8314552c548e",
      "ab".repeat(32),
      "cd".repeat(32),
    ])
      expect(report.html).toContain(text);
  });

  it("says of a world without clients that there were none, not that they were never warned", async () => {
    const none = await reportOf("no-clients", (path) => {
      writeMadeUpRun(path);
      const summary = madeUpRunSummary() as { scenario: object };
      writeFileSync(
        join(path, "summary.json"),
        JSON.stringify({ ...summary, scenario: { ...summary.scenario, clients: [] } }),
      );
    });
    for (const name of ["client warned", "other history accepted by clients"]) {
      expect(none.html).toContain(`<dt>${name}</dt><dd>no clients</dd>`);
      expect(report.html).not.toContain(`<dt>${name}</dt><dd>no clients</dd>`);
    }
  });

  it("says what is sent per node in the units of the screen", () => {
    expect(report.html).toContain("<dt>sent per node</dt><dd>120 messages, 30 kB</dd>");
    expect([9_999, 71_234, 4_500_000].map(bytesText)).toEqual(["9,999 bytes", "71.2 kB", "4.5 MB"]);
  });

  it("loads nothing, and allows nothing but its own style and script", () => {
    expect(loads(report.html)).toEqual([]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(report.html)![1]!;
    const hash = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(report.html)!;
    const [, script] = /<script type="module">([\s\S]*?)<\/script>/.exec(report.html)!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src '${hash(style!)}'`);
    expect(policy).toContain(`script-src '${hash(script!)}'`);
    expect(report.html).not.toMatch(/ style="| on[a-z]+="/);
  });

  it("has a script that parses, and draws its timeline without one too", () => {
    const [, script] = /<script type="module">([\s\S]*?)<\/script>/.exec(report.html)!;
    expect(() => new Function(script!)).not.toThrow();
    expect(report.html.match(/class="lane" data-node="\d/g)).toHaveLength(5 + 4 + 2);
  });

  it("has figures for papers, on white, with words in a font that everybody has", () => {
    expect(report.figures.map(({ name }) => name)).toEqual(["timeline", "timeline-lie", "spread"]);
    for (const { svg } of report.figures) {
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      expect(svg).toContain('fill="#ffffff"');
      expect(svg).toContain("sans-serif");
      expect(svg).not.toMatch(/var\(|currentColor|<style/);
      expect(svg).toContain("coaudit sim run split.yaml");
    }
  });

  it("escapes what a file of others says, in text, data and figures", async () => {
    const hostile = await reportOf("hostile", (path) => {
      writeMadeUpRun(path, { title: HOSTILE });
      const line = { t: 270_000_000, what: "down", who: `auditor-${HOSTILE}`, life: 1, why: HOSTILE };
      writeFileSync(join(path, "trace.jsonl"), `${JSON.stringify(line)}\n`, { flag: "a" });
    });
    expect(hostile.html).not.toContain("<script>alert");
    expect(hostile.html).not.toContain("<img");
    expect(hostile.html.match(/<\/script>/g)).toHaveLength(3);
    for (const { svg } of hostile.figures) expect(svg).not.toMatch(/<script|<img/);
  });

  it.each([
    [
      "an epoch that is text",
      { t: 1, what: "signed", who: "auditor-01.example", epoch: HOSTILE, branch: "main" },
      /"epoch" is/,
    ],
    [
      "a way that there is not",
      { t: 1, what: "head", who: "a", of: "b", epoch: 1, branch: "main", via: "mail" },
      /"via" is/,
    ],
    ["a time that goes back", { t: 0, what: "up", who: "a", life: 1 }, /goes back from 5 to 0/],
    ["no time", { what: "up", who: "a", life: 1 }, /no "t"/],
  ])("refuses a trace with %s", async (name, line, message) => {
    const path = join(folder, name.replaceAll(" ", "-"));
    writeMadeUpRun(path);
    writeFileSync(join(path, "trace.jsonl"), `{"t":5,"what":"end"}\n${JSON.stringify(line)}\n`);
    await expect(makeReport([path])).rejects.toMatchObject({
      code: "SIMULATION_RESULT_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it("joins a thousand observers into one lane", async () => {
    const crowded = await reportOf("crowded", (path) => writeMadeUpRun(path, { observers: 1000, epochs: 2 }));
    expect(crowded.html).toContain('data-crowd="observer"');
    expect(crowded.html).toContain("1000 observers");
    expect(crowded.html.match(/class="lane" data-node="\d/g)).toHaveLength(5 + 2);
  });

  it("is the same for the same files", async () => {
    expect((await makeReport([join(folder, "plain")])).html).toBe(report.html);
  });

  it("tells of a world without a lie", async () => {
    const honest = await reportOf("honest", (path) => writeMadeUpRun(path, { victims: 0 }));
    expect(honest.html).toContain("The provider told everybody the truth.");
    expect(honest.figures.map(({ name }) => name)).toEqual(["timeline"]);
  });
});

function writeSummary(path: string, summary: unknown): void {
  writeMadeUpRun(path);
  writeFileSync(join(path, "summary.json"), JSON.stringify(summary));
}

function withMeasures(measures: object): (path: string) => void {
  return (path) => writeSummary(path, { ...madeUpRunSummary(), measures });
}

describe("files that are no result of a run are refused, with the file and what is wrong", () => {
  it.each([
    ["a folder without a summary", () => undefined, /summary.json: it cannot be read/],
    ["a summary that is no JSON", (path: string) => writeFileSync(join(path, "summary.json"), "{"), /it is not JSON/],
    [
      "a summary of another kind",
      (path: string) =>
        writeFileSync(join(path, "summary.json"), JSON.stringify({ ...madeUpRunSummary(), kind: "hunt" })),
      /"kind" is neither "run" nor "sweep"/,
    ],
    ["a summary without measures", withMeasures({}), /summary\.json: "measures\.epochs" is missing/],
    [
      "a summary with a count that is text",
      withMeasures({ ...madeUpMeasures(), signedHeads: "20" }),
      /"measures\.signedHeads" is not a number/,
    ],
    [
      "a summary with times of detection that are no times",
      withMeasures({ ...madeUpMeasures(), detection: { observedMs: 1 } }),
      /"measures\.detection\.firstMs" is missing/,
    ],
    [
      "a summary of a scenario whose lies have no victims",
      (path: string) => {
        const summary = madeUpRunSummary();
        const provider = { lies: [{ kind: "split", fromEpoch: 2 }] };
        writeSummary(path, { ...summary, scenario: { ...(summary["scenario"] as object), provider } });
      },
      /"scenario\.provider\.lies\.0\.to" is missing/,
    ],
    [
      "a trace that is damaged",
      (path: string) => {
        writeMadeUpRun(path);
        writeFileSync(join(path, "trace.jsonl"), '{"t":0,"what":"end"}\nnonsense\n');
      },
      /trace.jsonl: line 2 is not a line of a trace/,
    ],
  ])("%s", async (name, write, message) => {
    const path = mkdtempSync(join(folder, `${name.replaceAll(" ", "-")}-`));
    write(path);
    await expect(makeReport([path])).rejects.toMatchObject({
      code: "SIMULATION_RESULT_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
