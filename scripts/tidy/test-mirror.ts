/** A test stands in the folder that mirrors what it tests: test/ledger/claims for src/ledger/claims. */
import { dirname } from "node:path/posix";
import type { Rule } from "./rule.ts";

/** Tests of no single room: of the built command, of other people's programs, of scripts; and what tests share. */
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
