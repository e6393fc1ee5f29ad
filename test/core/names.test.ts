import { expect, it } from "vitest";
import { checkNamespace } from "../../src/core/names.ts";
import { codeOf } from "../support/code-of.ts";

it("a namespace is not called like the topic of records", () => {
  expect(codeOf(() => checkNamespace("records"))).toBe("NAME_INVALID");
  expect(checkNamespace("records.v1")).toBe("records.v1");
});
