import { beforeAll, describe, expect, it } from "vitest";
import { tickText, timeScale } from "../../../src/lab/report/figures/time-scale.ts";
import { makeReport } from "../../../src/lab/report/report.ts";
import type { Report } from "../../../src/lab/report/report-shape.ts";
import { AUDITORS, LOSS, madeUpSweeps } from "../../support/made-up-sweeps.ts";

const { path: inFolder, made, reportOf } = madeUpSweeps();

describe("the report of a sweep in which clients alone notice", () => {
  let report: Report;
  beforeAll(async () => {
    report = await reportOf(made("clients", { vary: [AUDITORS, LOSS], noticedBy: "clients" }));
  });

  it("says so, and in how many worlds a client believed the lie", () => {
    expect(report.html).toContain("In 0 of 72 worlds with a lie an honest node noticed");
    expect(report.html).toMatch(/In 5\d of 72 a client was warned, and in 36 a client accepted the other history\./);
  });

  it("draws what happened, and names what did not in place of flat lines", () => {
    const names = report.figures.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "share-client",
        "median-client",
        "share-accepted",
        "epochs-accepted",
        "effect-share-accepted",
        "survival-client-network.lossRate-0.5",
      ]),
    );
    expect(names.filter((name) => /first|conviction|every/.test(name))).toEqual([]);
    expect(report.html).toMatch(
      /Happened in no world<\/strong>.*: first detection by an honest node; first conviction; every honest node knows\./,
    );
  });

  it("has both in its table, and for LaTeX", () => {
    const heads = [...report.html.matchAll(/<th scope="col">(.*?)<\/th>/g)].map(([, head]) => head);
    expect(heads).toEqual(
      expect.arrayContaining([
        "client warned",
        "client warned, median",
        "accepted by a client",
        "epochs accepted, mean",
      ]),
    );
    expect(report.html).toMatch(/<td>0\.50 \[0\.\d\d, 0\.\d\d\]<\/td>/);
    expect(report.html).toContain("client warned &amp; client warned, median &amp; accepted by a client \\\\");
  });

  it("compares what clients noticed where it is compared with others", async () => {
    const { html, figures } = await reportOf(
      made("asked-one", { vary: [], noticedBy: "clients", title: "One" }),
      made("asked-two", { vary: [], noticedBy: "clients", title: "Two" }),
    );
    expect(figures.map(({ name }) => name)).toContain("compared-client");
    expect(figures.map(({ name }) => name)).not.toContain("compared-first");
    expect(html).toContain("First client that is warned, each sweep against the first");
  });
});

describe("every axis", () => {
  it.each([1e-3, 0.002, 0.07, 1, 3.3, 12, 152, 999, 4_410, 59_000, 125_000, 3.7e6, 1e8, 2.6e9])(
    "of times up to %d ms says each label once",
    (untilMs) => {
      for (const smallest of [untilMs, untilMs / 3, untilMs / 50, untilMs / 1e4]) {
        const labels = timeScale([Math.max(1e-3, smallest)], untilMs).ticks.map(tickText);
        expect(new Set(labels).size, labels.join(", ")).toBe(labels.length);
        expect(labels.length).toBeGreaterThan(1);
      }
    },
  );

  it("of every figure says each label once", async () => {
    const figures = [
      ...(await makeReport([made("labels", { vary: [AUDITORS, LOSS], undetectedShare: 0.9 })])).figures,
      ...(await makeReport([made("labels-clients", { vary: [AUDITORS, LOSS], noticedBy: "clients" })])).figures,
      ...(await makeReport([made("labels-none", { vary: [AUDITORS], undetectedShare: 1 })])).figures,
    ];
    for (const { name, svg } of figures) {
      for (const [, axis, labels] of svg.matchAll(/aria-label="(.-axis) tick label"(.*?)<\/g>/gs)) {
        const words = [...(labels ?? "").matchAll(/<text[^>]*>([^<]*)</g)].map(([, word]) => word);
        expect(words.length, `${name} ${axis}`).toBeGreaterThan(0);
        expect(new Set(words).size, `${name} ${axis}: ${words.join(", ")}`).toBe(words.length);
      }
    }
  });
});

it("draws curves that coincide one inside the other, and says so", async () => {
  const widths = async (...names: string[]): Promise<{ caption: string; widths: number }> => {
    const { figures } = await makeReport(names.map((name) => inFolder(name)));
    const { svg, caption } = figures.find(({ name }) => name === "compared-first")!;
    const found = [...svg.matchAll(/stroke-width="([\d.]+)" stroke="#\w+" fill="none" aria-label="line"/g)].map(
      ([, width]) => width,
    );
    expect(found).toHaveLength(names.length);
    return { caption, widths: new Set(found).size };
  };
  for (const name of ["twin-a", "twin-b", "twin-c"]) made(name, { vary: [], title: name });
  made("other", { vary: [], title: "other", undetectedShare: 0.9 });
  const same = await widths("twin-a", "twin-b", "twin-c");
  expect(same.widths).toBe(3);
  expect(same.caption).toContain("Curves that coincide are drawn one inside the other.");
  const apart = await widths("twin-a", "other");
  expect(apart.widths).toBe(1);
  expect(apart.caption).not.toContain("coincide");
});
