import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Condition } from "../../src/alerts/alert.ts";
import { AlertBook } from "../../src/alerts/alert-book.ts";
import { silentLogger } from "../../src/core/log.ts";
import { T0 } from "../support/auditors.ts";
import { makeAlert } from "./support.ts";

const ALL = { name: "all", severity: "warning" } as const;
const PAGER = { name: "pager", severity: "critical" } as const;

let folder: string;
let file: string;
let book: AlertBook;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-alerts-"));
  file = join(folder, "alerts.json");
  book = await open();
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<AlertBook> => AlertBook.open({ file }, { log: silentLogger });

function condition(key: string, changes: Partial<Condition> = {}): Condition {
  const { node: _node, state: _state, startedAtMs: _started, ...rest } = makeAlert({ key, ...changes });
  return rest;
}

function see(conditions: readonly Condition[], nowMs = T0): boolean {
  return book.update(conditions, { node: "a.example", nowMs, mayEnd: () => true });
}

const owed = (listener: typeof ALL | typeof PAGER = ALL): string[] =>
  book.owed(listener).map(({ key, state }) => `${key} ${state}`);

describe("the book of alerts", () => {
  it("owes each receiver each matter once, and its end to who had heard of it", () => {
    expect(see([condition("x")])).toBe(true);
    expect(see([condition("x", { what: "in other words" })])).toBe(false);
    expect([owed(ALL), owed(PAGER)]).toEqual([["x firing"], ["x firing"]]);
    book.told(ALL, book.owed(ALL));
    expect([owed(ALL), owed(PAGER)]).toEqual([[], ["x firing"]]);
    expect(see([], T0 + 1_000)).toBe(true);
    expect([owed(ALL), owed(PAGER)]).toEqual([["x resolved"], []]);
    expect(book.owed(ALL)).toMatchObject([{ startedAtMs: T0, endedAtMs: T0 + 1_000 }]);
    book.told(ALL, book.owed(ALL));
    expect(book.alerts()).toEqual([]);
  });

  it("tells again when a case changes class or a matter becomes critical, and a pager only then", () => {
    see([condition("x", { severity: "warning", revision: "disagreement" })]);
    expect([owed(ALL), owed(PAGER)]).toEqual([["x firing"], []]);
    book.told(ALL, book.owed(ALL));
    see([condition("x", { severity: "critical", revision: "split-view" })]);
    expect([owed(ALL), owed(PAGER)]).toEqual([["x firing"], ["x firing"]]);
  });

  it("says of nothing for which there was no room that it is over", () => {
    const many = Array.from({ length: 300 }, (_, index) => condition(`case:${index}`));
    see(many);
    book.told(ALL, book.owed(ALL));
    see([condition("new"), ...many]);
    expect(owed(ALL)).toEqual(["new firing"]);
    expect(book.alerts().filter(({ state }) => state === "resolved")).toEqual([]);
  });

  it("says nothing of what came and went before anybody was told", () => {
    see([condition("x")]);
    see([]);
    expect([owed(), book.alerts()]).toEqual([[], []]);
  });

  it("owes the end of what may have been told", () => {
    see([condition("x")]);
    expect([book.telling(ALL, book.owed(ALL)), book.telling(ALL, book.owed(ALL))]).toEqual([true, false]);
    expect(owed()).toEqual(["x firing"]);
    see([]);
    expect([owed(ALL), owed(PAGER)]).toEqual([["x resolved"], []]);
  });

  it("takes what comes back before its end was told for the same", () => {
    see([condition("x")]);
    book.told(ALL, book.owed(ALL));
    see([], T0 + 1);
    see([condition("x")], T0 + 2);
    expect(owed()).toEqual([]);
    expect(book.alerts()).toMatchObject([{ state: "firing", startedAtMs: T0 }]);
  });

  it("survives the process: what was told is not told again, what was not still is, and what lasts goes on lasting", async () => {
    see([condition("x"), condition("y")]);
    book.told(ALL, book.owed(ALL).slice(0, 1));
    book.lastingMs = new Map([["peer-gone:b", 3_600_000]]);
    await book.save();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    book = await open();
    expect(owed()).toEqual(["y firing"]);
    expect(book.lastingMs.get("peer-gone:b")).toBe(3_600_000);
  });

  it.each(["{", '{"format":"coaudit/alerts/v2"}', '{"format":"coaudit/alerts/v1","alerts":[{}],"lastingMs":{}}'])(
    "sets a file that it cannot read aside, and begins anew: %s",
    async (text) => {
      writeFileSync(file, text);
      book = await open();
      expect(book.alerts()).toEqual([]);
      expect([existsSync(file), readFileSync(`${file}.aside`, "utf8")]).toEqual([false, text]);
    },
  );

  it("stays small, however much is wrong and however long nobody can be told", () => {
    for (let round = 0; round < 20; round++) {
      see(Array.from({ length: 1_000 }, (_, i) => condition(`${round} ${i}`)));
      book.told(PAGER, book.owed(PAGER));
    }
    expect(book.alerts().length).toBeLessThanOrEqual(512);
  });

  it("owes nothing to a receiver that is gone", () => {
    see([condition("x")]);
    book.told(ALL, book.owed(ALL));
    book.keepOnly([]);
    see([]);
    expect(book.alerts()).toEqual([]);
  });

  it("does without its file when the disk refuses it", async () => {
    rmSync(folder, { recursive: true });
    see([condition("x")]);
    await book.save();
    expect(owed()).toEqual(["x firing"]);
    const { mkdirSync } = await import("node:fs");
    mkdirSync(folder);
  });
});
