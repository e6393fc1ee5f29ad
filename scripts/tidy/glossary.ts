/** Words that have one meaning in this project and are used with another. Each entry says what to write instead. */
import type { Rule } from "./rule.ts";

interface Word {
  /** Files to look in; all by default. */
  readonly where?: RegExp;
  /** In code (names), or in what people read (comments, messages, documents). */
  readonly kind: "name" | "text";
  readonly wrong: RegExp;
  readonly instead: string;
}

const WORDS: readonly Word[] = [
  {
    where: /^(src|test)\/(simulator|lab)\//,
    kind: "name",
    wrong: /\b(?!PolicyWitness\b)\w*(?:witness|Witness)(?!es\b)\w*/,
    instead: "a witness cosigns (C2SP tlog-witness); what watches a world is a recorder",
  },
  {
    // To a provider the log is the directory's.
    where: /^src\/(?!provider\/)/,
    kind: "name",
    wrong: /\breadonly logger\b|\bthis\.#?logger\b/,
    instead: "the log that a part is handed is called log; the word logger belongs to the library",
  },
  {
    kind: "text",
    wrong: /\broot hash\b/i,
    instead: "what an epoch's tree hashes to is its digest; a root is the epoch that an audit begins with",
  },
  { kind: "text", wrong: /\bcalled off\b/i, instead: "cancelled" },
  { kind: "text", wrong: /\bcan(?:'t|not) be had\b/i, instead: "cannot be fetched, is not installed, is in use" },
  { kind: "text", wrong: /\btyping mistakes?\b/i, instead: "a typo" },
  { kind: "text", wrong: /\bthat are none\b/i, instead: "say what they are" },
  {
    where: /^src\//,
    kind: "name",
    wrong: /\brootHash\b/,
    instead: "what an epoch's tree hashes to is its digest; a root is the epoch that an audit begins with",
  },
];

/** Contain the wrong words in order to find them. */
const OURS = /^(scripts|test)\/tidy\//;

export const glossary: Rule = {
  name: "glossary",
  check: ({ code, documents }) => {
    const names = code.map(({ path, scanned }) => ({ path, lines: scanned.map((line) => line.code), kind: "name" }));
    // Strings too: messages and help texts are read.
    const sources = code.map(({ path, lines }) => ({ path, lines, kind: "text" }));
    const texts = documents.map((file) => ({ ...file, kind: "text" }));
    return [...names, ...sources, ...texts]
      .filter(({ path }) => !OURS.test(path))
      .flatMap(({ path, lines, kind }) =>
        WORDS.filter((word) => word.kind === kind && (word.where?.test(path) ?? true)).flatMap(({ wrong, instead }) =>
          lines.flatMap((text, index) => {
            const found = wrong.exec(text)?.[0];
            return found === undefined ? [] : [{ path, line: index + 1, message: `"${found}": ${instead}` }];
          }),
        ),
      );
  },
};
