import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { csvCells } from "../../../src/lab/csv.ts";
import { commandText } from "../../../src/lab/report/command-text.ts";
import { optional, VERSIONS } from "../../../src/lab/report/figures/plotter.ts";
import { toPng } from "../../../src/lab/report/figures/png.ts";
import { timeScale } from "../../../src/lab/report/figures/time-scale.ts";
import { makeReport } from "../../../src/lab/report/report.ts";
import type { Report } from "../../../src/lab/report/report-shape.ts";
import { latexTable, latexText } from "../../../src/lab/report/sweep/latex.ts";
import { AUDITORS, LOSS, madeUpSweeps } from "../../support/made-up-sweeps.ts";
import { madeUpScenario, writeMadeUpRun } from "../../support/simulated-run.ts";

const { path: inFolder, made, reportOf } = madeUpSweeps();

describe("the report of a sweep over one parameter", () => {
  let report: Report;
  beforeAll(async () => {
    report = await reportOf(made("one", { vary: [AUDITORS] }));
  });
  const figure = (name: string): string => report.figures.find((one) => one.name === name)!.svg;

  it("draws a survival curve for each value, with the number at risk", () => {
    const svg = figure("survival-first");
    expect(svg).toContain("Number at risk, by auditors");
    for (const value of AUDITORS.values) expect(svg).toContain(`<title>${value}</title>`);
    const rowsOfAll = [...svg.matchAll(/y="(\d+)" text-anchor="middle" fill="#1a1a1a">12<\/text>/g)].map(([, y]) => y);
    expect(new Set(rowsOfAll).size).toBe(3);
  });

  it("marks every world that was watched to its end without the event", () => {
    expect(figure("survival-first")).toMatch(/not seen until 60 s/);
  });

  it("shows what the parameter does, shares by Wilson and medians by Kaplan and Meier", () => {
    expect(report.figures.map(({ name }) => name)).toEqual([
      "survival-first",
      "survival-conviction",
      "survival-every-honest",
      "survival-client",
      "effect-share-first",
      "effect-median-first",
      "effect-share-conviction",
      "effect-median-conviction",
      "effect-share-client",
      "effect-median-client",
    ]);
  });

  it("has a table of all points, what moves what, a table for LaTeX, and the exact command", () => {
    expect(report.html.match(/<tr><th scope="row">(3|5|10)<\/th>/g)).toHaveLength(3);
    expect(report.html).toContain("Sensitivity");
    expect(report.html).toContain("\\begin{tabular}{llllllll}");
    expect(report.html).toContain("coaudit sim sweep split.yaml --out &#39;my results&#39;");
  });

  it("shows f at each point, as every honest reader reckons it there", async () => {
    expect(
      [...report.html.matchAll(/<tr><th scope="row">(3|5|10)<\/th><td>(\d+)<\/td>/g)].map(([, ...row]) => row),
    ).toEqual([
      ["3", "0"],
      ["5", "1"],
      ["10", "3"],
    ]);
    const { html } = await reportOf(made("bound", { vary: [AUDITORS], scenario: { faultBound: 2 } }));
    expect(html.match(/<tr><th scope="row">(3|5|10)<\/th><td>2<\/td>/g)).toHaveLength(3);
  });

  it("says at how many points nobody was honest, whatever the scenario as written was", async () => {
    const warnings = [null, "Every auditor lies.", "Every auditor lies."];
    const { html } = await reportOf(made("warned", { vary: [AUDITORS], warnings }));
    expect(html).toContain("At 2 of 3 points: Every auditor lies.");
    expect(report.html).not.toContain("Every auditor lies");
  });

  it("says of the scenario's own words that they are about the scenario as written", async () => {
    expect(report.html).toContain("Of the scenario as written, before anything was varied: The provider shows");
    const { html } = await reportOf(made("not-varied", { vary: [] }));
    expect(html).toContain('<p class="about">The provider shows');
  });

  it("explains an interval that is open upwards where one stands, and only there", async () => {
    const note = "∞: the interval is open upwards";
    const { html } = await reportOf(made("open", { vary: [], repeats: 4, undetectedShare: 0.5 }));
    expect(html).toContain(note);
    const closed = await reportOf(made("closed", { vary: [], repeats: 200, undetectedShare: 0 }));
    expect(closed.html).not.toContain(note);
  });

  it("says of worlds without clients that there were none, and has no columns of them", async () => {
    const { html } = await reportOf(made("no-clients", { vary: [], repeats: 1, scenario: { clients: [] } }));
    expect(html).toContain("The scenario has no clients.");
    expect(html).not.toContain("client warned");
    expect(html).toContain("<li>1 world.</li>");
    expect(report.html).not.toContain("no clients");
    expect(report.html).toContain('<th scope="col">client warned, median</th>');
  });

  it("says that undetected worlds are in it", () => {
    expect(report.html).toMatch(/In \d+ of 36 worlds with a lie an honest node noticed; the others are censored/);
  });
});

describe("the report of a sweep over two parameters", () => {
  it("adds heat maps whose cells say their interval, and curves for each value of the second", async () => {
    const { figures, html } = await reportOf(made("two", { vary: [AUDITORS, LOSS] }));
    const names = figures.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "share-first",
        "median-first",
        "survival-first-network.lossRate-0",
        "survival-first-network.lossRate-0.5",
      ]),
    );
    const share = figures.find(({ name }) => name === "share-first")!.svg;
    expect(share.match(/\[0\.\d\d, [01]\.\d\d\]</g)!.length).toBeGreaterThanOrEqual(6);
    expect(new Set(names).size).toBe(names.length);
    expect(html).not.toMatch(/ style="| on[a-z]+="/);
  });

  it("says where fewer than half of the worlds saw it, in place of a number", async () => {
    const { figures } = await reportOf(made("rare", { vary: [AUDITORS, LOSS], undetectedShare: 0.9 }));
    expect(figures.find(({ name }) => name === "median-first")!.svg).toContain("not reached");
  });
});

describe("sweeps that are compared", () => {
  it("lie over each other, and each is tested against the first", async () => {
    const folders = [
      made("gossip", { vary: [], title: "With gossip", undetectedShare: 0 }),
      made("none", { vary: [], title: "No gossip", undetectedShare: 1 }),
    ];
    const { figures, html } = await reportOf(...folders);
    const svg = figures.find(({ name }) => name === "compared-first")!.svg;
    expect(svg).toContain("<title>With gossip</title>");
    expect(svg).toContain("<title>No gossip</title>");
    expect(html).toMatch(
      /No gossip<\/td><td>12<\/td><td>0\.00 \[0\.00, 0\.24\]<\/td><td>not reached<\/td><td>&lt; 0\.001<\/td><td>0, 12, 0<\/td>/,
    );
  });

  it("say at which value one of them is held where it varies what the other does not", async () => {
    const folders = [
      made("varied", { vary: [AUDITORS, LOSS], title: "Both varied" }),
      made("plain", { vary: [AUDITORS], title: "Auditors alone" }),
    ];
    const { figures, html } = await reportOf(...folders);
    const { caption } = figures.find(({ name }) => name === "compared-first-1")!;
    expect(caption).toContain(
      'at auditors = 3, compared; "Both varied" at network.lossRate = 0, the first of 2: the share',
    );
    expect(html).toContain("<td>Both varied, at network.lossRate = 0, the first of 2</td>");
    expect(html).toContain('<th scope="row">network.lossRate</th><td>0, the first of 2</td><td>0</td>');
  });

  it("list what differs between their scenarios, but for words, names and what both vary", async () => {
    const other = madeUpScenario({ auditors: 7, victims: 3 });
    const network = { ...other.network, gossip: "none" as const };
    const folders = [
      made("with", { vary: [AUDITORS], title: "With" }),
      made("without", {
        vary: [AUDITORS],
        title: "Without",
        scenario: { ...other, network, clients: [], about: "Other" },
      }),
    ];
    const { html } = await reportOf(...folders);
    const rows = html.slice(
      html.indexOf("What differs between the sweeps"),
      html.indexOf("Values are of the scenarios"),
    );
    expect(
      [...rows.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map(([, ...row]) => row),
    ).toEqual([
      ["network.gossip", "mesh", "none"],
      ["provider.lies.0.to.auditors", "2 names", "3 names"],
      ["clients", expect.stringContaining("count"), "none"],
    ]);
  });

  it("count a value that was varied over one value alone as what the scenario has", async () => {
    const seven = { path: "auditors", values: [7] };
    const { html } = await reportOf(made("seven", { vary: [seven] }), made("five", { vary: [] }));
    expect(html).toContain('<th scope="row">auditors</th><td>7</td><td>5</td>');
  });

  it("say that nothing differs where nothing does", async () => {
    const { html } = await reportOf(made("same-a", { vary: [] }), made("same-b", { vary: [] }));
    expect(html).toContain("The scenarios differ in nothing but");
  });

  it("are told apart by their folders where their titles are the same", async () => {
    const { html } = await reportOf(made("a-folder", { vary: [] }), made("b-folder", { vary: [] }));
    expect(html).toContain("a-folder · b-folder");
  });

  it("cannot be compared with a run", async () => {
    const run = inFolder("run");
    writeMadeUpRun(run);
    await expect(makeReport([made("sweep", { vary: [] }), run])).rejects.toMatchObject({ code: "USAGE" });
    await expect(makeReport([run, run])).rejects.toMatchObject({ code: "USAGE" });
  });
});

it("escapes hostile values and titles", async () => {
  const hostile = '</textarea></script><script>alert(1)</script>,"x';
  const { html, figures } = await makeReport([
    made("hostile", { vary: [{ path: hostile, values: ["a,b", hostile.replaceAll('"', "")] }], title: hostile }),
  ]);
  expect(html).not.toContain("<script>alert");
  expect(html.match(/<\/textarea>/g)).toHaveLength(3);
  for (const { svg } of figures) expect(svg).not.toContain("<script");
});

it.each([
  ["no list of points", { points: {} }, /summary\.json: "points" is not a list/],
  [
    "a point without estimates",
    { points: [{ values: {}, warning: null, worlds: 1 }] },
    /"points\.0\.detection" is missing/,
  ],
])("refuses a summary with %s", async (name, wrong, message) => {
  const path = made(name.replaceAll(" ", "-"), { vary: [] });
  const file = join(path, "summary.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...wrong }));
  await expect(makeReport([path])).rejects.toMatchObject({
    code: "SIMULATION_RESULT_INVALID",
    message: expect.stringMatching(message),
  });
});

it("refuses a table of worlds that does not belong to the summary", async () => {
  const path = made("foreign", { vary: [] });
  writeFileSync(join(path, "worlds.csv"), "point,detection.observedMs\n7,1\n");
  await expect(makeReport([path])).rejects.toMatchObject({
    code: "SIMULATION_RESULT_INVALID",
    message: expect.stringContaining("row 1"),
  });
});

describe("a PNG", () => {
  it("has three pixels for each of the picture's own, and words in it", async () => {
    const svg = (text: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text x="2" y="15" font-family="Helvetica, sans-serif">${text}</text></svg>`;
    const png = Buffer.from(await toPng(svg("word")));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([180, 60]);
    expect(png.equals(Buffer.from(await toPng(svg(""))))).toBe(false);
  });
});

it("names the very versions that package.json does", () => {
  const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(optionalDependencies).toMatchObject(VERSIONS);
});

it("says what to install where an optional package is missing", async () => {
  const missing = "a-package-that-is-not-installed";
  await expect(optional(["linkedom"], () => import(missing))).rejects.toMatchObject({
    code: "REPORT_PACKAGE_MISSING",
    message: expect.stringContaining("npm install linkedom@"),
  });
});

describe("small parts", () => {
  it("writes a command as a shell takes it", () => {
    expect(commandText(["coaudit", "sim", "run", "it's.yaml"])).toBe("coaudit sim run 'it'\\''s.yaml'");
    expect(commandText(["sim", "sweep", "a.yaml", "--vary", "x=0..1:0.5"])).toBe(
      "coaudit sim sweep a.yaml --vary x=0..1:0.5",
    );
  });

  it.each([
    ["1,,x", ["1", "", "x"]],
    ['1,"a,b","say ""no""",\r', ["1", "a,b", 'say "no"', ""]],
    ['"",2', ["", "2"]],
  ])("reads the row %j", (row, cells) => expect(csvCells(row)).toEqual(cells));

  it("writes text that LaTeX takes as text", () => {
    expect(latexText("a_b & 5 % of {x} [∞] \\")).toBe("a\\_b \\& 5 \\% of \\{x\\} {[}$\\infty$] \\textbackslash{}");
    expect(latexTable({ heads: ["a", "b"], rows: [["1", "2"]], caption: "c" })).toContain(
      "    1 & 2 \\\\\n    \\bottomrule",
    );
  });

  it("takes an axis by powers of ten where milliseconds stand beside minutes, else a straight one", () => {
    const straight = timeScale([100, 900], 1_000);
    expect([straight.type, straight.part(500)]).toEqual(["linear", 0.5]);
    const powers = timeScale([120, 900], 60_000);
    expect([powers.type, powers.domain[0], powers.part(0)]).toEqual(["log", 100, 0]);
    expect(powers.part(60_000)).toBe(1);
  });
});
