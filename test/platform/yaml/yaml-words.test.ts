import { expect, it } from "vitest";
import { YamlTree } from "../../../src/platform/yaml/yaml-tree.ts";

it.each([
  ["title: a\n  auditors: 5\n", "f.yaml:1:8", "the next one is indented below it"],
  ["title: a\nnetwork:\n  lossRate: 0.1\n latencyMs: 5\n", "f.yaml:4:1", "begins in a column of its own"],
  ["provider:\n  lies:\n  - kind: split\n   to: {auditors: [1]}\n", "f.yaml:4:1", "neither an entry of the list"],
  ["clients:\n - count: 1\n- count: 2\n", "f.yaml:3:1", "in another column than the one before"],
  ["title: a\n\tauditors: 5\n", "f.yaml:2:1", "indent with spaces"],
  ["title: a: b\n", "f.yaml:1:8", "put quotes around the value"],
  ["auditors:5\ntitle: a\n", "f.yaml:1:1", "with a space behind the key"],
  ["about: >-\nhello\n", "f.yaml:2:1", "lines of a longer text are indented"],
  ["title: 'a\n", "f.yaml:2:1", "a quote that is not closed"],
  ["network: {lossRate: 0.1]\n", "f.yaml:1:24", "not closed by the bracket"],
  ["title: a\ntitle: b\n", "f.yaml:2:1", "the key stands twice"],
  ["title: @x\n", "f.yaml:1:8", "put it in quotes"],
  ["a: b\n---\nc: d\n", "f.yaml:2:1", "a file is one document"],
])("says of %j where and what, in plain words", (text, place, words) => {
  expect(() => new YamlTree(text, "f.yaml")).toThrow(
    expect.objectContaining({
      code: "CONFIG_UNREADABLE",
      message: expect.stringMatching(new RegExp(`^${place}: not YAML: .*${words.replace("[", "\\[")}`)),
    }),
  );
});
