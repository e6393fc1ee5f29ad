import { describe, expect, it } from "vitest";
import { contactsOf } from "../../../src/simulator/clients/contacts.ts";
import { auditorName, clientName } from "../../../src/simulator/scenario/entity-names.ts";
import { World } from "../../../src/simulator/world/world.ts";
import { auditors, behaviour, CLIENTS, linesOf, live, type ScenarioChanges, scenarioOf } from "../small-world.ts";

const MANY = Array.from({ length: 200 }, (_, i) => clientName(i + 1));
const TWO_FACED = ["equivocating", "half-heads", "colluding"] as const;

function placesOf(changes: ScenarioChanges, client: string, of: "auditors" | "all" = "auditors"): string[] {
  const world = new World({ scenario: scenarioOf(changes), seed: 1 });
  return contactsOf(client, of, { ...world, machineAt: (at) => world.machineAt(at) }).map(({ place }) => place);
}

describe.each(TWO_FACED)("a client that may ask two-faced auditors (%s)", (kind) => {
  const changes = { behaviours: [behaviour(kind, [4, 5])] };

  it("knows each auditor once", () => {
    for (const client of MANY.slice(0, 20)) {
      const names = placesOf(changes, client).map((place) => place.replace(" (2)", ""));
      expect(names).toEqual(auditors(1, 2, 3, 4, 5));
    }
  });

  it("sees one face of each, the same for ever, and each is as likely", () => {
    const world = new World({ scenario: scenarioOf(changes), seed: 1 });
    const contacts = (client: string): string[] =>
      contactsOf(client, "auditors", { ...world, machineAt: (at) => world.machineAt(at) }).map(({ place }) => place);
    const seconds = MANY.filter((client) => contacts(client).includes(`${auditorName(5)} (2)`)).length;
    // Of 200 coins: 3.5 standard deviations.
    expect(Math.abs(seconds - 100)).toBeLessThan(25);
    expect(contacts(MANY[3] ?? "")).toEqual(contacts(MANY[3] ?? ""));
  });
});

it("asks no auditor twice, and honest ones as often as those with two faces", async () => {
  const { lines } = await live({
    behaviours: [behaviour("equivocating", [4, 5], { fromEpoch: 1 })],
    network: { gossip: "none", headSync: false },
    clients: [{ ...CLIENTS, count: 20, choice: "random", ask: 2, quorum: 2 }],
  });
  const asked = linesOf(lines, "answer").map((line) => line.asked.map((place) => place.replace(" (2)", "")));
  for (const names of asked) expect(new Set(names).size).toBe(names.length);
  const ofTwoFaced = asked.flat().filter((name) => auditors(4, 5).includes(name)).length;
  // Two of five: with machines to choose from it would be four of seven.
  expect(ofTwoFaced / asked.flat().length).toBeLessThan(0.46);
});

it("does not find a second machine, nor a thief", async () => {
  const { lines } = await live({
    faults: [
      { kind: "second-machine", node: auditorName(2), atMs: 60_000, forMs: 200_000, shown: "fork" },
      { kind: "stolen-key", node: auditorName(3), atMs: 60_000, epochs: 2 },
    ],
    clients: [{ ...CLIENTS, count: 4, choice: "random" }],
  });
  const asked = linesOf(lines, "answer").flatMap((line) => line.asked);
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((place) => place.includes("(2)"))).toEqual([]);
});

it("knows observers where all may be asked", () => {
  expect(placesOf({ observers: 2 }, MANY[0] ?? "", "all")).toEqual([
    ...auditors(1, 2, 3, 4, 5),
    "observer-0001",
    "observer-0002",
  ]);
});
