/** A test stands where what it tests does: test/ledger/claims for src/ledger/claims. */
import { dirname } from "node:path/posix";
import type { Rule } from "./rule.ts";

/** What is of no room: the built command, other people's programs, what several tests share, what is not in src/. */
const OF_NO_ROOM = /^test\/(e2e|interop|support|fixtures|vectors|package|tidy)(\/|$)/;
/** Beside tests: their helpers and their files. */
const BESIDE = /\/(support|fixtures|caught)(\/|$)/;

export const testMirror: Rule = {
  name: "test-mirror",
  check: ({ code, paths }) =>
    code
      .filter(({ path }) => path.startsWith("test/") && !OF_NO_ROOM.test(path) && !BESIDE.test(path))
      .filter(({ path }) => !paths.has(dirname(path).replace(/^test/, "src")))
      .map(({ path }) => ({
        path,
        line: 1,
        message: `there is no ${dirname(path).replace(/^test/, "src")}: tests stand where what they test does`,
      })),
};
