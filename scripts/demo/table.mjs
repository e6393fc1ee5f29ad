// What each auditor has signed and what each node knows: redrawn in place on a terminal, elsewhere printed at the end
// of each phase.
import Table from "cli-table3";

const REDRAW_MS = 200;

export class HeadTable {
  #nodes;
  #namespace;
  #drawnLines = 0;
  #text = "";

  constructor(nodes, namespace) {
    this.#nodes = nodes;
    this.#namespace = namespace;
  }

  /** Redraws until the condition holds. Throws after `patienceMs`. */
  async until(what, holds, patienceMs) {
    const endMs = performance.now() + patienceMs;
    while (!(await holds())) {
      if (performance.now() > endMs) throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`);
      await this.#draw();
      await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
    }
    await this.#draw();
  }

  /** Leaves the table as it is and begins a new one below. */
  show() {
    if (!process.stdout.isTTY) console.log(this.#text);
    this.#drawnLines = 0;
  }

  async #draw() {
    this.#text = await this.#render();
    if (!process.stdout.isTTY) return;
    if (this.#drawnLines > 0) process.stdout.write(`\u001b[${this.#drawnLines}A\u001b[J`);
    process.stdout.write(`${this.#text}\n`);
    this.#drawnLines = this.#text.split("\n").length;
  }

  async #render() {
    const table = new Table({
      head: ["auditor", "state", "signed", "its digest", "heads it holds", "case"],
      style: { head: [], border: [] },
      chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    });
    for (const node of this.#nodes) table.push(await this.#row(node));
    return table.toString();
  }

  async #row(node) {
    const status = await node.get("/v1/status");
    const audit = status?.namespaces[0];
    if (audit === undefined) return [node.name, "starting", "", "", "", ""];
    const epoch = audit.lastSigned?.epoch;
    const heads =
      epoch === undefined ? [] : ((await node.get(`/v1/namespaces/${this.#namespace}/heads/${epoch}`))?.heads ?? []);
    const own = heads.find(({ auditor }) => auditor === node.name);
    const cases = (await node.get("/v1/evidence"))?.cases ?? [];
    const sides = new Map();
    for (const { digest } of heads) sides.set(digest, (sides.get(digest) ?? 0) + 1);
    return [
      node.name,
      audit.unguarded ? "unguarded" : audit.state,
      epoch ?? "",
      own === undefined ? "" : own.digest.slice(0, 12),
      [...sides].map(([digest, count]) => `${count} x ${digest.slice(0, 6)}`).join("  "),
      cases.map((entry) => `${entry.class} ${entry.id.slice(0, 8)}`).join(", "),
    ];
  }
}
