import { afterEach, describe, expect, it, vi } from "vitest";
import { providerCommand } from "../../../src/cli/provider/provider.ts";
import { FORK, MAIN, namesIn } from "../../source/fixtures.ts";

afterEach(() => vi.restoreAllMocks());

/** Runs `coaudit provider serve ...`, lets `use` talk to it, and ends it as a SIGTERM would. */
async function serve(
  flags: readonly string[],
  use: (url: string) => Promise<void>,
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  let listening: (url: string) => void;
  const url = new Promise<string>((resolve) => {
    listening = resolve;
  });
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    const line = JSON.parse(String(text)) as Record<string, unknown>;
    lines.push(line);
    if (line["event"] === "listening") listening(String(line["url"]));
    return true;
  });
  const done = run([...flags, "--port", "0", "--json"]);
  try {
    await use(await Promise.race([url, done.then(() => Promise.reject(new Error("it ended")))]));
  } finally {
    process.emit("SIGTERM");
    await done;
  }
  return lines;
}

async function run(flags: readonly string[]): Promise<void> {
  await providerCommand().parseAsync(["serve", ...flags], { from: "user" });
}

const keysIn = async (url: string): Promise<string[]> =>
  [...(await (await fetch(url)).text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key ?? "");

describe("coaudit provider serve", () => {
  it("shows the named auditors the recorded fork, and prints a line for each epoch", async () => {
    const fork = ["--fork", FORK, "--fork-at", "17", "--fork-to", "alice,bob"];
    const lines = await serve(["--log", MAIN, "--start-epoch", "18", ...fork], async (url) => {
      expect(await keysIn(`${url}alice/?list-type=2&prefix=18/`)).toEqual([(await namesIn(FORK)).get(18)]);
      expect(await keysIn(`${url}carol/?list-type=2&prefix=18/`)).toEqual([(await namesIn(MAIN)).get(18)]);
    });
    const published = lines.filter(({ event }) => event === "published");
    expect(published.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    expect(published[17]).toHaveProperty("fork.current", (await namesIn(FORK)).get(18)?.split("/")[2]);
    expect(lines.at(-1)).toEqual({ event: "stopped" });
  });

  it("publishes a live tree, and every lie that it is told to", async () => {
    const flags = "--live --entries 3 --start-epoch 9 --fork-at 8 --fork-to bob --list-both-at 2 --withhold 3".split(
      " ",
    );
    const more = "--withhold-listing 4 --truncate-at 5 --invalid-at 6 --lie-to alice".split(" ");
    await serve([...flags, ...more], async (url) => {
      const list = (name: string, epoch: number) => keysIn(`${url}${name}/?list-type=2&prefix=${epoch}/`);
      const status = async (name: string, key = "") => (await fetch(`${url}${name}/${key}`)).status;
      expect(await list("alice", 2)).toHaveLength(2);
      expect(await list("bob", 2)).toHaveLength(1);
      const [third] = await list("alice", 3);
      expect([await status("alice", third), await status("bob", third)]).toEqual([404, 200]);
      expect([await list("alice", 4), await list("bob", 4)]).toEqual([[], [expect.any(String)]]);
      const [fifth] = await list("alice", 5);
      await expect(fetch(`${url}alice/${fifth}`).then((response) => response.text())).rejects.toThrow();
      const [sixth] = await list("alice", 6);
      const bytes = async (name: string) => Buffer.from(await (await fetch(`${url}${name}/${sixth}`)).arrayBuffer());
      expect((await bytes("alice")).equals(await bytes("bob"))).toBe(false);
      expect(await list("alice", 8)).not.toEqual(await list("bob", 8));
    });
  });

  it("makes the same directory of a seed each time, and of another seed another one", async () => {
    const digests = async (seed: string): Promise<unknown[]> => {
      const lines = await serve(["--live", "--entries", "2", "--start-epoch", "2", "--seed", seed], async () => {});
      vi.restoreAllMocks();
      return lines.map(({ main, vrfKey }) => main ?? vrfKey);
    };
    const once = await digests("7");
    expect(once).toHaveLength(4);
    expect(await digests("7")).toEqual(once);
    expect(await digests("8")).not.toEqual(once);
  });

  it.each([
    [[], "USAGE"],
    [["--log", MAIN, "--seed", "7"], "USAGE"],
    [["--live", "--log", MAIN], "USAGE"],
    [["--live", "--configuration", "other"], "USAGE"],
    [["--live", "--fork", FORK, "--fork-at", "17", "--fork-to", "a"], "USAGE"],
    [["--log", MAIN, "--fork", FORK, "--fork-at", "17"], "USAGE"],
    [["--log", MAIN, "--fork-at", "17", "--fork-to", "a"], "USAGE"],
    [["--log", MAIN, "--fork-to", "a"], "USAGE"],
    [["--log", MAIN, "--lie-to", "a,,b"], "USAGE"],
    [["--log", MAIN, "--port", "http"], "NUMBER_OUT_OF_RANGE"],
    [["--log", MAIN, "--interval", "0"], "NUMBER_OUT_OF_RANGE"],
    [["--log", MAIN, "--invalid-at", "x"], "NUMBER_OUT_OF_RANGE"],
    [["--log", "/nowhere"], "PROVIDER_LOG_INVALID"],
  ])("refuses %j", async (flags, code) => {
    await expect(run(flags)).rejects.toMatchObject({ code });
  });
});
