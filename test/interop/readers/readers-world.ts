/** Real nodes that gossip, and a place where a reader somewhere gets its question and tells what it found. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { bundle } from "../../../scripts/bundle.mjs";
import { liveLog, NAMESPACE, World } from "../../e2e/world.ts";
import { PageServer, type Report } from "./page-server.ts";

/** A reader that polls would see nothing new in this time. */
const HOUR_MS = 3_600_000;

/** One of the scripts beside this file with the SDK, in one module. */
export function bundled(script: string): Promise<string> {
  const sdk = fileURLToPath(new URL("../../../src/client/index.ts", import.meta.url));
  return bundle(fileURLToPath(new URL(script, import.meta.url)), { "coaudit-client": sdk });
}

export class ReadersWorld {
  readonly pages: PageServer;
  readonly #world: World;
  readonly #names: readonly string[];
  #newest = 0;

  static async open(names: readonly string[]): Promise<ReadersWorld> {
    const world = await World.open({ names, log: await liveLog() });
    await world.startAll(names);
    return new ReadersWorld(world, names, await PageServer.start());
  }

  private constructor(world: World, names: readonly string[], pages: PageServer) {
    this.#world = world;
    this.#names = names;
    this.pages = pages;
  }

  /**
   * Asks the reader, which runs while this does, and holds what it tells to what is so. `enough` of the auditors
   * satisfy it.
   */
  async ask(enough: number, run: (follow: () => Promise<void>) => Promise<void>, about: Report = {}): Promise<void> {
    const digest = await this.#publishNext();
    const epoch = this.#newest;
    const nodes = this.#names.map((name) => this.#world.node(name).url);
    const given = { nodes, policy: this.#policy(enough), namespace: NAMESPACE, epoch, digest, intervalMs: HOUR_MS };
    this.pages.files.set("/given.json", JSON.stringify(given));
    this.pages.reports.length = 0;
    await run(async () => {
      expect(await this.#told("begun")).toMatchObject(about);
      const head = { epoch, digest };
      const heard = nodes.map((url) => ({ url, head, remarks: [] }));
      const signers = this.#names.length;
      expect(await this.#told("latest")).toMatchObject({ result: "satisfied", head, signers, nodes: heard });
      expect(await this.#told("right")).toMatchObject({ result: "satisfied" });
      expect(await this.#told("wrong")).toMatchObject({
        result: "wrong-digest",
        report: { shownDigest: "ab".repeat(32), auditedDigest: digest },
      });
      expect(await this.#told("resumed")).toMatchObject({ event: "reset" });
      await this.#told("watched");
      const next = { epoch: epoch + 1, digest: await this.#publishNext() };
      await this.#told("done");
      const watched = this.pages.reports.filter(({ step }) => step === "watched");
      expect(watched.at(-1)).toMatchObject({ result: "satisfied", head: next });
    });
  }

  async close(): Promise<void> {
    this.pages.close();
    await this.#world.close();
  }

  #policy(enough: number): string {
    const witnesses = this.#names.map((name, i) => `witness w${i} ${this.#world.member(name).vkey}\n`);
    const members = this.#names.map((_, i) => `w${i}`).join(" ");
    return `${witnesses.join("")}group enough ${enough} ${members}\nquorum enough\n`;
  }

  /** Everybody holds everybody's head of the next epoch. */
  async #publishNext(): Promise<string> {
    this.#newest++;
    await this.#world.publishTo(this.#newest);
    const nodes = this.#names.map((name) => this.#world.node(name));
    await this.#world.untilHeads(nodes, this.#newest, this.#names);
    return this.#world.digest(this.#newest);
  }

  async #told(step: string): Promise<Report> {
    const find = (wanted: string): Report | undefined => this.pages.reports.find((report) => report["step"] === wanted);
    await this.#world.until(`the reader tells "${step}"`, () => {
      const failed = find("failed");
      if (failed !== undefined) throw new Error(String(failed["error"]));
      return find(step) !== undefined;
    });
    return find(step) ?? {};
  }
}
