import { describe, expect, it } from "vitest";
import { markerVersions } from "../../../src/akd/keys/markers.ts";
import { hiddenVersion } from "../../../src/simulator/scenario/hidden-version.ts";
import { checkWhole, readScenario } from "../../../src/simulator/scenario/read-scenario.ts";

const HEAD = "title: T\nclients: [{count: 3}]\n";

function lie(text: string, keys = ""): string {
  return `${HEAD}keys:\n  ${keys}\n  lies:\n    - {${text}}\n`;
}

describe("keys in a scenario", () => {
  it("are not there unless they are asked for", () => {
    expect(readScenario(HEAD, "t.yaml")).not.toHaveProperty("keys");
  });

  it("have their defaults and names filled in, and are whole then", () => {
    const scenario = readScenario(lie("kind: swapped-key, about: 2, to: [1], fromEpoch: 3"), "t.yaml");
    expect(scenario.keys).toEqual({
      ...{ contacts: 1, watchEveryMs: 300_000, newKeyEpochs: 4 },
      lies: [{ kind: "swapped-key", about: "client-02", to: ["client-01"], fromEpoch: 3, ahead: 0 }],
    });
    expect(() => checkWhole(scenario)).not.toThrow();
  });

  it.each([
    ["title: T\nkeys: {}\n", "clients", "a group of clients"],
    [`${HEAD}keys: {contacts: 3}\n`, "keys.contacts", "at most 2"],
    ["title: T\nclients: [{count: 3, gossipWith: 1}]\nkeys: {}\n", "clients[0].gossipWith", "tell each other nothing"],
    [lie("kind: swapped-key, about: 9, to: [1]"), "keys.lies[0].about", "a client, client-01 to client-03"],
    [lie("kind: swapped-key, about: 3, to: [1]"), "keys.lies[0].to[0]", "client-01 asks about client-01, client-02"],
    [lie("kind: denied, about: 2, to: [1], fromEpoch: 99"), "keys.lies[0].fromEpoch", "at most 20"],
    [lie("kind: denied, about: 2, to: [1], fromEpoch: 9, toEpoch: 8"), "keys.lies[0].toEpoch", "at least fromEpoch"],
    [lie("kind: forgotten-version, about: 2, to: [1]"), "keys.lies[0].fromEpoch", "there are two versions"],
    [lie("kind: hidden-version, about: 2, to: [1], fromEpoch: 5"), "keys.lies[0].fromEpoch", "a version can be hidden"],
    [lie("kind: hiden-version, about: 2, to: [1]"), "keys.lies[0].kind", "hidden-version"],
    [lie("kind: inserted-version, about: 2, to: [1]"), "keys.lies[0].to", "kind"],
    [lie("kind: withheld, about: 2"), "keys.lies[0].to", "which clients"],
  ])("%j is refused, at %s", (text, path, words) => {
    expect(() => readScenario(text, "t.yaml")).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(path) }),
    );
    expect(() => readScenario(text, "t.yaml")).toThrow(words);
  });
});

describe("a version that can be hidden", () => {
  it("is 7 after 4 or 5 versions, and not there before that", () => {
    expect([1, 2, 3].map((newest) => hiddenVersion(newest, 7))).toEqual([undefined, undefined, undefined]);
    expect([4, 5].map((newest) => hiddenVersion(newest, 7))).toEqual([7, 7]);
    expect(hiddenVersion(6, 7)).toBeUndefined();
    expect(hiddenVersion(5, 6)).toBeUndefined();
  });

  it("is spoken of by no history of its owner, at any epoch", () => {
    for (let newest = 1; newest <= 40; newest++) {
      const hidden = hiddenVersion(newest, 300);
      if (hidden === undefined) continue;
      for (let epoch = hidden; epoch < 2_000; epoch += 7) {
        expect(markerVersions(1, newest, epoch).future).not.toContain(hidden);
      }
    }
  });
});
