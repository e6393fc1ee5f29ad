/** What a namespace, an origin and an auditor's name may look like (docs/protocol.md 1). */
import { CoauditError } from "./errors.ts";
import { shown } from "./printable.ts";

const NAMESPACE = /^[A-Za-z0-9._-]{1,128}$/;
/** Printable ASCII without space and `+`, which delimit a C2SP key name and an origin line. */
const NOTE_NAME = /^[!-*,-~]{1,128}$/;

/** The last part of the topic on which all that is about no namespace travels (docs/protocol.md 5). */
const RESERVED = "records";

export function checkNamespace(value: string): string {
  if (!isText(value) || !NAMESPACE.test(value) || value === RESERVED) {
    throw invalid("namespace", value, `1 to 128 of A-Z a-z 0-9 . _ - (and not "${RESERVED}")`);
  }
  return value;
}

export function checkOrigin(value: string): string {
  if (!isText(value) || !NOTE_NAME.test(value))
    throw invalid("origin", value, "1 to 128 printable ASCII characters without space or +");
  return value;
}

export function checkAuditorName(value: string): string {
  if (!isText(value) || !NOTE_NAME.test(value)) {
    throw invalid("auditor name", value, "1 to 128 printable ASCII characters without space or +");
  }
  return value;
}

/** A regular expression takes undefined for "undefined". */
function isText(value: unknown): value is string {
  return typeof value === "string";
}

function invalid(field: string, value: unknown, rule: string): CoauditError<"NAME_INVALID"> {
  return new CoauditError("NAME_INVALID", `${field} ${shown(value)} is not ${rule}`, {
    field,
    value: shown(value),
    rule,
  });
}
