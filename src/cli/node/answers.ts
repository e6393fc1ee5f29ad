/** A node's answers, validated against the API's own schemas before anything is read from them. */
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { EvidenceAnswer, EvidenceListAnswer, HeadsAnswer, StatusAnswer } from "../../api/answers/answers.ts";
import type { SentCase, SentStatus } from "../../api/answers/redact.ts";
import { invalidAnswer } from "../../client/node-client.ts";
import type { CaseFile } from "../../core/case-file.ts";
import type { ReportEntry } from "../../node/report-book.ts";
import type { HeadView, Readiness } from "../../node/view.ts";

/** `reports`: only the operator gets these, and only where readers may report. */
export type StatusOf = SentStatus & Readiness & { readonly reports?: readonly ReportEntry[] };

/** Throws NODE_ANSWER_INVALID, as all of these do. */
export function checkStatus(value: unknown, url: string): StatusOf {
  return checked(StatusAnswer, value, url) as StatusOf;
}

export function checkEvidenceList(value: unknown, url: string): { total: number; cases: readonly SentCase[] } {
  return checked(EvidenceListAnswer, value, url) as { total: number; cases: readonly SentCase[] };
}

export function checkEvidence(value: unknown, url: string): { case: SentCase; file: CaseFile } {
  return checked(EvidenceAnswer, value, url) as { case: SentCase; file: CaseFile };
}

export function checkHeads(value: unknown, url: string): { heads: readonly HeadView[] } {
  return checked(HeadsAnswer, value, url) as { heads: readonly HeadView[] };
}

function checked(schema: TSchema, value: unknown, url: string): unknown {
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  throw invalidAnswer(url, `${first?.instancePath || "it"} ${first?.message ?? "has the wrong shape"}`);
}
