/** What is read from an answer's headers and status. */
import { CoauditError } from "../../core/errors.ts";
import type { HttpResponse, Where } from "./http.ts";

export function about(response: HttpResponse, host: string): { host: string; serverDateMs?: number } {
  return { host, ...optional({ serverDateMs: serverDateMs(response.headers) }) };
}

/** The given fields without those that are undefined. */
export function optional<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}

export function unexpectedStatus(where: Where, status: number): CoauditError<"SOURCE_STATUS"> {
  return new CoauditError("SOURCE_STATUS", `${where.host} answered ${status} for ${where.path}`, { ...where, status });
}

/** A week: nobody asks a cache for what changes with every epoch and means so old an answer. */
const LONGEST_AGE_S = 7 * 86_400;

/**
 * What the source's clock shows now: `Date` is when the answer was made, and it lay in caches for `Age` (RFC 9111
 * 4.2.3).
 */
function serverDateMs(headers: Headers): number | undefined {
  const dateMs = Date.parse(headers.get("date") ?? "");
  const age = headers.get("age") ?? "0";
  if (Number.isNaN(dateMs) || !/^[0-9]{1,10}$/.test(age) || Number(age) > LONGEST_AGE_S) return undefined;
  return dateMs + Number(age) * 1000;
}
