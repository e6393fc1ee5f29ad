/** Each rule finds what it is there for, and lets its neighbour pass: texts that are wrong or right by a little. */
import { describe, expect, it } from "vitest";
import { citations } from "../../scripts/tidy/citations.ts";
import { clocks } from "../../scripts/tidy/clocks.ts";
import { commentWidth } from "../../scripts/tidy/comment-width.ts";
import { decisions } from "../../scripts/tidy/decisions.ts";
import { fileLength } from "../../scripts/tidy/file-length.ts";
import { glossary } from "../../scripts/tidy/glossary.ts";
import { importCircles } from "../../scripts/tidy/import-circles.ts";
import { importDirection } from "../../scripts/tidy/import-direction.ts";
import { mutationsFit } from "../../scripts/tidy/mutations-fit.ts";
import { orphans } from "../../scripts/tidy/orphans.ts";
import { roomTable } from "../../scripts/tidy/room-table.ts";
import { MAY_IMPORT } from "../../scripts/tidy/rooms.ts";
import type { Rule } from "../../scripts/tidy/rule.ts";
import { testMirror } from "../../scripts/tidy/test-mirror.ts";
import { treeOf } from "../../scripts/tidy/tree.ts";

/** `path:line message`, each. */
function found(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  const problems = rule.check(treeOf(new Map(Object.entries(files))));
  return problems.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe("The direction of imports", () => {
  const importing = (path: string, target: string): string[] =>
    found(importDirection, { [path]: `/** A file. */\nimport { x } from "${target}";` });

  it("goes one way, for types and at run time too", () => {
    expect(importing("src/akd/verify.ts", "../core/head.ts")).toEqual([]);
    expect(importing("src/core/head.ts", "../akd/verify.ts")).toEqual(["src/core/head.ts:2 core must not import akd"]);
    expect(found(importDirection, { "src/gossip/sync/a.ts": 'const x = await import("../../node/node.ts");' })).toEqual(
      ["src/gossip/sync/a.ts:1 gossip must not import node"],
    );
    expect(found(importDirection, { "src/gossip/a.ts": 'const x = await import(\n  "../node/node.ts"\n);' })).toEqual([
      "src/gossip/a.ts:1 gossip must not import node",
    ]);
    expect(found(importDirection, { "src/core/a.ts": '// import { x } from "../node/node.ts"\nexport {};' })).toEqual(
      [],
    );
    expect(found(importDirection, { "src/core/a.ts": 'import {\n  type X,\n} from "../node/node.ts";' })).toHaveLength(
      1,
    );
  });

  it("keeps Node out of what browsers load, and adapters out of worlds", () => {
    expect(importing("src/client/ask.ts", "node:fs")).toHaveLength(1);
    expect(importing("src/client/ask.ts", "@noble/hashes/sha2.js")).toEqual([]);
    expect(importing("src/client/node/file.ts", "node:fs")).toEqual([]);
    expect(importing("src/client/ask.ts", "./node/file.ts")).toHaveLength(1);
    expect(importing("src/client/node/file-trust.ts", "../../platform/replace-file.ts")).toEqual([]);
    expect(importing("src/client/node/file-trust.ts", "../../platform/system.ts")).toHaveLength(1);
    expect(importing("src/client/node/file.ts", "../../platform/replace-file.ts")).toHaveLength(1);
    expect(importing("src/simulator/world/a.ts", "../../ledger/store/level-store.ts")).toHaveLength(1);
    expect(importing("src/simulator/world/a.ts", "../../ledger/ledger.ts")).toEqual([]);
  });

  it("knows every room, and rooms make no circle", () => {
    expect(importing("src/new-room/a.ts", "../core/head.ts")).toHaveLength(1);
    const leadsTo = (from: string, to: string): boolean =>
      (MAY_IMPORT[from] ?? []).some((room) => room === to || leadsTo(room, to));
    expect(Object.keys(MAY_IMPORT).filter((room) => leadsTo(room, room))).toEqual([]);
  });
});

describe("Circles of imports", () => {
  const circle = {
    "src/core/a.ts": 'import type { B } from "./b.ts";',
    "src/core/b.ts": 'import { c } from "../akd/c.ts";',
    "src/akd/c.ts": 'export type { A } from "../core/a.ts";',
    "src/akd/d.ts": 'import { c } from "./c.ts";',
  };
  const paths = ["src/akd/c.ts", "src/core/a.ts", "src/core/b.ts"];

  it("are found over types, rooms and several files, once each", () => {
    expect(found(importCircles([]), circle)).toEqual([
      "src/akd/c.ts:1 imports itself by way of src/core/a.ts, src/core/b.ts",
    ]);
    expect(found(importCircles([]), { ...circle, "src/akd/c.ts": "export {};" })).toEqual([]);
  });

  it("two that hang together by one way are two", () => {
    const two = {
      "src/core/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "src/core/b.ts": 'import "./a.ts";',
      "src/core/c.ts": 'import "./d.ts";',
      "src/core/d.ts": 'import "./c.ts";',
    };
    expect(found(importCircles([]), two)).toHaveLength(2);
  });

  it("may stand while they are known, and leave the list when they are gone", () => {
    expect(found(importCircles([[...paths, "src/core/e.ts"]]), circle)).toEqual([]);
    expect(found(importCircles([paths, ["src/core/x.ts", "src/core/y.ts"]]), circle)).toEqual([
      "scripts/tidy/known.ts:1 this circle is gone, take it off the list: src/core/x.ts, src/core/y.ts",
    ]);
  });
});

describe("Files that nothing leads to", () => {
  it("are those that only tests import", () => {
    const problems = found(orphans(["src/core/coming.ts", "src/core/used.ts"]), {
      "src/core/coming.ts": "",
      "src/index.ts": 'export { used } from "./core/used.ts";',
      "src/core/used.ts": 'import "./deep.ts";',
      "src/core/deep.ts": "",
      "src/core/dead.ts": 'import "./deep.ts";',
      "src/core/benched.ts": "",
      "scripts/bench/main.ts": 'import "../../src/core/benched.ts";',
      "test/core/dead.test.ts": 'import "../../src/core/dead.ts";',
    });
    expect(problems.filter((text) => text.startsWith("src/"))).toEqual([
      "src/core/dead.ts:1 nothing but tests leads here: remove it, or move it to test/",
    ]);
    expect(problems.filter((text) => text.startsWith("scripts/tidy/known.ts"))).toEqual([
      "scripts/tidy/known.ts:1 src/core/used.ts is in use, or gone: take it off the list",
    ]);
    expect(problems).toContain("scripts/tidy/orphans.ts:1 the door src/cli/main.ts does not exist");
  });
});

describe("Timers and clocks", () => {
  const inFile = (text: string, path = "src/node/a.ts"): string[] => found(clocks, { [path]: text });

  it.each([
    "const at = Date.now();",
    "const at = new Date();",
    "const at = performance.now();",
    "const at = process.hrtime.bigint();",
    "await new Promise((resolve) => setTimeout(resolve, 5));",
    'import { setTimeout as sleep } from "node:timers/promises";',
    'import { performance } from "node:perf_hooks";',
    "const id = crypto.randomUUID();",
    "fetch(url, { signal: AbortSignal.timeout(5) });",
  ])("are not reached for: %s", (text) => {
    expect(inFile(text)).not.toEqual([]);
    expect(inFile(text, "src/platform/system.ts")).toEqual([]);
    expect(inFile(text, "test/node/a.test.ts")).toEqual([]);
  });

  it("may be spoken of, and a time that is handed in may be formatted", () => {
    expect(inFile("// Date.now() is not this\nconst text = `Date.now()`;\nnew Date(ms).toISOString();")).toEqual([]);
  });
});

describe("What comments and documents cite", () => {
  const protocol =
    "# coaudit protocol\n\n## 6 Checks\n\n### 6.1 SignedHead\n\n| 1 | a | b |\n| 2 | a | b |\n\n## 7 Evidence\n";
  const citing = (comment: string): string[] =>
    found(citations, { "docs/protocol.md": protocol, "src/core/head.ts": `// ${comment}\nexport {};` });

  it.each([
    "docs/protocol.md 6.1 row 2",
    "docs/protocol.md, 7",
    "the rule is in docs/protocol.md",
    "src/core/head.ts and head.ts",
    "see src/core",
  ])("exists: %s", (comment) => expect(citing(comment)).toEqual([]));

  it.each([
    ["docs/protocol.md 6.1 row 3", "docs/protocol.md 6.1 has no row 3"],
    ["docs/protocol.md 6.9", "docs/protocol.md has no section 6.9"],
    ["docs/protocol.md 7 row 1", "docs/protocol.md 7 has no row 1"],
    ["docs/protocol.md, Verdicts", 'cite the protocol\'s sections by number, not as "Verdicts"'],
    ["as src/core/tail.ts does", "src/core/tail.ts does not exist"],
    ["(tail.ts) does it", "tail.ts does not exist"],
    ["test/core/head.test.ts holds this", "test/core/head.test.ts does not exist"],
  ])("is missed: %s", (comment, message) => expect(citing(comment)).toEqual([`src/core/head.ts:1 ${message}`]));

  it("is followed over the end of a line", () => {
    const files = { "docs/protocol.md": protocol, "src/a.ts": "/**\n * As docs/protocol.md\n * 9.1 says.\n */" };
    expect(found(citations, files)).toEqual(["src/a.ts:2 docs/protocol.md has no section 9.1"]);
  });

  it("is no link that leads nowhere, file or heading", () => {
    const page =
      "[a](../docs/protocol.md#61-signedhead) [b](nowhere.md) [c](protocol.md#62-slots) [d](https://x.example)";
    expect(found(citations, { "docs/protocol.md": protocol, "docs/a.md": page })).toEqual([
      "docs/a.md:1 the link nowhere.md leads nowhere",
      "docs/a.md:1 docs/protocol.md has no heading #62-slots",
    ]);
  });
});

describe("The width of comments", () => {
  it("is that of code; a long string or URL may stand", () => {
    const words = `${"word ".repeat(30)}end`;
    expect(found(commentWidth, { "src/a.ts": `// ${words}` })).toHaveLength(1);
    expect(found(commentWidth, { "src/a.ts": `const x = 1; // ${words}` })).toHaveLength(1);
    expect(found(commentWidth, { "src/a.ts": `const x = "${words}";` })).toEqual([]);
    expect(found(commentWidth, { "src/a.ts": `// https://a.example/${"x".repeat(120)}` })).toEqual([]);
  });
});

describe("The length of files", () => {
  const lines = (count: number): string => "x();\n".repeat(count);

  it("is at most 350 lines without a reason", () => {
    expect(found(fileLength([]), { "src/a.ts": lines(350) })).toEqual([]);
    expect(found(fileLength([]), { "src/a.ts": lines(351) })).toHaveLength(1);
    expect(found(fileLength([]), { "src/a.ts": `// Longer than 350 lines: one table.\n${lines(400)}` })).toEqual([]);
    expect(found(fileLength(["src/a.ts"]), { "src/a.ts": lines(351) })).toEqual([]);
    expect(found(fileLength(["src/a.ts"]), { "src/a.ts": lines(9) })).toHaveLength(1);
  });
});

describe("Words of the glossary", () => {
  it.each([
    ["src/simulator/world/a.ts", "const witness = watch();", "const witnesses = policyWitnesses();"],
    ["src/node/a.ts", "readonly logger: Logger;", "readonly log: Logger;"],
    ["docs/a.md", "the root hash of an epoch", "the digest of an epoch, and the root of an audit"],
    ["docs/a.md", "a blob that can't be had", "a blob that cannot be fetched"],
    ["src/akd/a.ts", "// compares the root hash", "// compares the digest"],
  ])("in %s: %s", (path, wrong, right) => {
    expect(found(glossary, { [path]: wrong })).toHaveLength(1);
    expect(found(glossary, { [path]: right })).toEqual([]);
  });
});

describe("Decisions", () => {
  const decision = (number: string, status = "Accepted, 2026-11-23"): string =>
    `# ${number} One thing\n\n${status}\n\n## Context\n\na\n\n## Decision\n\nb\n\n## Consequences\n\nc\n`;
  const path = (number: string): string => `docs/decisions/${number}-one-thing.md`;

  it("have one form", () => {
    expect(found(decisions, { [path("0001")]: decision("0001"), [path("0002")]: decision("0002") })).toEqual([]);
    expect(
      found(decisions, { [path("0001")]: decision("0001", "Superseded by [0002](0002-b.md), 2026-11-23") }),
    ).toEqual([]);
    expect(found(decisions, { [path("0001")]: decision("0001", "soon") })).toHaveLength(1);
    expect(found(decisions, { [path("0001")]: decision("1.") })).toHaveLength(1);
    expect(found(decisions, { [path("0001")]: decision("0001").replace("## Context", "## Why") })).toHaveLength(1);
    expect(found(decisions, { [path("0001")]: decision("0001") + "more\n".repeat(60) })).toHaveLength(1);
  });

  it("are numbered without a gap and without two of one number", () => {
    expect(found(decisions, { [path("0001")]: decision("0001"), [path("0003")]: decision("0003") })).not.toEqual([]);
    const twice = { [path("0001")]: decision("0001"), "docs/decisions/0001-other.md": decision("0001") };
    expect(found(decisions, twice)).not.toEqual([]);
  });
});

describe("Where tests stand", () => {
  it("is where what they test does", () => {
    const files = { "src/ledger/claims/a.ts": "", "test/ledger/claims/a.test.ts": "", "test/e2e/b.test.ts": "" };
    expect(found(testMirror, files)).toEqual([]);
    expect(found(testMirror, { ...files, "test/ledger/claims/support/c.ts": "" })).toEqual([]);
    expect(found(testMirror, { ...files, "test/ledger/cases/c.test.ts": "", "test/jobs/d.test.ts": "" })).toHaveLength(
      2,
    );
  });
});

describe("The table of rooms", () => {
  it("has a row for each room, which names its folders", () => {
    const table = Object.keys(MAY_IMPORT).map((room) => `| \`src/${room}\` | what it is; \`one/\` | a.ts | core |`);
    const rooms = Object.fromEntries(Object.keys(MAY_IMPORT).map((room) => [`src/${room}/one/a.ts`, ""]));
    expect(found(roomTable, { ...rooms, "CONTRIBUTING.md": table.join("\n") })).toEqual([]);
    expect(found(roomTable, { ...rooms, "CONTRIBUTING.md": table.slice(1).join("\n") })).toHaveLength(1);
    expect(found(roomTable, { ...rooms, "src/core/two/a.ts": "", "CONTRIBUTING.md": table.join("\n") })).toEqual([
      "CONTRIBUTING.md:1 the row of src/core does not name two/",
    ]);
  });
});

describe("Mutations", () => {
  const mutation = (...edits: readonly { file: string; find: string; replace: string }[]): Rule =>
    mutationsFit([{ name: "swap", mistake: "a and b are swapped", withinSeeds: 1, edits }]);
  const edit = { file: "core/a.ts", find: "first\nsecond", replace: "second" };

  it("fit when each text to change stands in its file exactly once", () => {
    expect(found(mutation(edit), { "src/core/a.ts": "zero\nfirst\nsecond\n" })).toEqual([]);
    expect(found(mutation(edit), { "src/core/a.ts": "first\n\nsecond\n" })).toEqual([
      'src/core/a.ts:1 the mutation swap finds this text 0 times, not once: "first\\nsecond"',
    ]);
    expect(found(mutation(edit), { "src/core/a.ts": "first\nsecond\nfirst\nsecond" })).toHaveLength(1);
    expect(found(mutation(edit), { "src/core/b.ts": "first\nsecond" })).toEqual([
      "src/core/a.ts:1 the mutation swap changes it, and it does not exist",
    ]);
  });

  it("apply the edits of a file one after the other", () => {
    const then = { file: "core/a.ts", find: "second", replace: "" };
    expect(found(mutation(edit, then), { "src/core/a.ts": "first\nsecond\nsecond" })).toHaveLength(1);
    expect(found(mutation(edit, then), { "src/core/a.ts": "first\nsecond" })).toEqual([]);
    expect(found(mutation(edit, edit), { "src/core/a.ts": "first\nsecond" })).toHaveLength(1);
  });
});
