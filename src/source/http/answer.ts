/** What is read from an answer's headers and status. */
import { CoauditError } from "../../core/errors.ts";
import type { HttpResponse, Where } from "./http.ts";

export function about(response: HttpResponse, host: string): { host: string; serverDateMs?: number } {
  const date = Date.parse(response.headers.get("date") ?? "");
  return { host, ...optional({ serverDateMs: Number.isNaN(date) ? undefined : date }) };
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
