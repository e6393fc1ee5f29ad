import { expect, it } from "vitest";
import { hrefOf, type Route, routeOf } from "../../src/dashboard/routing.ts";

it.each<Route>([
  { page: "now" },
  { page: "signatures" },
  { page: "cases" },
  { page: "case", id: "ab".repeat(32) },
  { page: "peers" },
  { page: "auditor", auditor: "ä/b.example" },
  { page: "epoch", namespace: "name/with%parts", epoch: 722_606 },
  { page: "check" },
  { page: "check", namespace: "..", epoch: 1 },
])("finds the page of its own address: %o", (route) => {
  expect(routeOf(hrefOf(route))).toEqual(route);
});

it.each(["#/nothing", "#/epochs/name", "#/epochs/name/0", "#/epochs/name/1e3", "#/epochs/a/1/2", "#/%", "#/now/x"])(
  "has no page at %s",
  (hash) => {
    expect(routeOf(hash)).toEqual({ page: "unknown" });
  },
);

it.each(["", "#", "#/"])("begins with what is now: %s", (hash) => {
  expect(routeOf(hash)).toEqual({ page: "now" });
});
