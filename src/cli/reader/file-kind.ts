/** What a file of coaudit's is, so that a command that was given another kind can say so. */
import { CoauditError } from "../../core/errors.ts";

const KINDS: Readonly<Record<string, { readonly name: string; readonly kind: string }>> = {
  "coaudit/certificate/v1": { name: "a certificate", kind: "certificate" },
  "coaudit/case/v1": { name: "a case", kind: "case" },
  "coaudit/wrong-digest/v1": { name: "the report of a wrong digest", kind: "report" },
};

/** Throws USAGE if the text is plainly of another kind than `asked`. */
export function refuseOtherKinds(text: string, asked: string): void {
  const found = KINDS[formatIn(text) ?? ""];
  if (found === undefined || found.kind === asked) return;
  const message = `the file is ${found.name}, not a ${asked}: try coaudit verify ${found.kind}`;
  throw new CoauditError("USAGE", message, { option: "kind" });
}

function formatIn(text: string): string | undefined {
  try {
    const { format } = (JSON.parse(text) ?? {}) as { format?: unknown };
    return typeof format === "string" ? format : undefined;
  } catch {
    return undefined;
  }
}
