/**
 * Mistakes that somebody could make in the node's code, and the number of seeds within which a hunt must catch each.
 */

export interface Edit {
  /** Under src/. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** What is wrong with the code now. */
  readonly mistake: string;
  readonly edits: readonly Edit[];
  /** From seed 1 on. */
  readonly withinSeeds: number;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "drop-the-fsync",
    mistake: "claims are written and not synced",
    withinSeeds: 40,
    edits: [
      {
        file: "ledger/claims/claims-log.ts",
        find: "    await this.#file.append(concat(...records));\n    await this.#file.sync();",
        replace: "    await this.#file.append(concat(...records));",
      },
      {
        file: "ledger/claims/claim-book.ts",
        find: "[putRecord(key, payload)], { sync: true }",
        replace: "[putRecord(key, payload)], { sync: false }",
      },
    ],
  },
  {
    name: "sign-the-time-of-now",
    mistake: "a claim that is signed again after a crash gets another time",
    withinSeeds: 40,
    edits: [
      {
        file: "auditor/committer.ts",
        find: "await signer.signHead(claim)",
        replace: "await signer.signHead({ ...claim, timestampMs: this.#modules.clock.now() })",
      },
    ],
  },
  {
    name: "skip-the-second-look",
    mistake: "what was read of a slot before the signature check is not read again after it",
    withinSeeds: 40,
    edits: [
      {
        file: "ledger/head-intake.ts",
        find: "return this.#context.commit(() => this.#store(auditor, head, bytes, via));",
        replace: "return this.#context.commit(() => this.#store(auditor, head, bytes, via, before));",
      },
      {
        file: "ledger/head-intake.ts",
        find: "async #store(auditor: string, head: AuditorHead, bytes: Uint8Array, via: Via): Promise<Outcome> {",
        replace:
          "async #store(auditor: string, head: AuditorHead, bytes: Uint8Array, via: Via, change: SlotChange): Promise<Outcome> {",
      },
      {
        file: "ledger/head-intake.ts",
        find: '    const change = this.#change(await statements.headSlot(namespace, auditor, epoch), head, bytes);\n    if (change.kind === "known") return "known";\n    if (change.kind === "third") return "third-digest";\n    heights.raise',
        replace: "    heights.raise",
      },
    ],
  },
  {
    name: "ignore-the-second-head",
    mistake: "of two heads for one epoch the second is dropped",
    withinSeeds: 40,
    edits: [
      {
        file: "ledger/slot.ts",
        find: '  if (held.length === 1) return { kind: "conflict", slot: [...bytes, next.bytes] };\n',
        replace: "",
      },
    ],
  },
  {
    name: "count-the-convicted",
    mistake: "a quorum counts auditors that were convicted",
    withinSeeds: 40,
    edits: [
      {
        file: "core/certificate-signatures.ts",
        find: '  if (isVoid(auditor.name, head, convicted, assumptions)) return "convicted";\n',
        replace: "",
      },
    ],
  },
  {
    name: "count-an-auditor-twice",
    mistake: "an auditor that a certificate names twice counts twice",
    withinSeeds: 5,
    edits: [
      { file: "core/certificate-signatures.ts", find: "if (signers.has(name)) {", replace: 'if (name === "") {' },
      {
        file: "core/certificate-signatures.ts",
        find: "signers.set(name, { auditor: name",
        replace: "signers.set(`$" + "{name} $" + "{index}`, { auditor: name",
      },
    ],
  },
  {
    name: "ignore-the-claims-log",
    mistake: "at start the claims are taken from LevelDB, and claims.log is not held against it",
    withinSeeds: 40,
    edits: [
      {
        file: "ledger/claims/claim-open.ts",
        find: "const found = compareSides(log, level);\n    if (found.damage !== undefined) throw claimsDamaged(folder, found.damage, { log, level });",
        replace:
          "const found = { scan: log.scan as LogScan, header: level.header as Uint8Array, missing: undefined as TalliedRecord | undefined, torn: false };",
      },
      {
        file: "ledger/claims/claim-open.ts",
        find: "return { store, log: writer, state: log.state, header };",
        replace: "return { store, log: writer, state: level.state, header };",
      },
      {
        file: "ledger/claims/claim-sides.ts",
        find: "const misplaced = record === undefined || !equalBytes(key, recordKey(record, tally.add(record, payload)));",
        replace:
          "const misplaced = record === undefined || !equalBytes(key, recordKey(record, tally.add(record, payload)));\n      if (record !== undefined) state.apply(record);",
      },
      {
        file: "ledger/claims/claim-sides.ts",
        find: "  let header: Uint8Array | undefined;\n  let damagedEntries = 0;",
        replace: "  const state = new ClaimState();\n  let header: Uint8Array | undefined;\n  let damagedEntries = 0;",
      },
      {
        file: "ledger/claims/claim-sides.ts",
        find: "  return { tally, header, damage: damagedEntries",
        replace: "  return { state, tally, header, damage: damagedEntries",
      },
    ],
  },
  {
    name: "wait-with-a-conflict-of-the-future",
    mistake: "a head that contradicts another one is put off while its date lies ahead",
    withinSeeds: 40,
    edits: [
      {
        file: "ledger/head-intake.ts",
        find: '    if (change.kind === "conflict") return this.#storeConflict(auditor, head, change.slot, via);',
        replace:
          '    if (headTimeMs(head) > this.#context.clock.now() + MAX_CLOCK_SKEW_MS) return this.#hold(head, bytes, via);\n    if (change.kind === "conflict") return this.#storeConflict(auditor, head, change.slot, via);',
      },
    ],
  },
  {
    name: "sync-what-is-newer",
    mistake: "head sync asks for epochs above the newest one held, and leaves gaps",
    withinSeeds: 40,
    edits: [
      {
        file: "gossip/sync/sync-round.ts",
        find: "return own === undefined || !equalBytes(tagOf(nonce, own), tag);",
        replace: "return own === undefined && offset > Math.max(-1, ...before.keys());",
      },
    ],
  },
  {
    name: "sign-unguarded",
    mistake: "after a start it signs before others said what they hold of its key",
    withinSeeds: 40,
    edits: [
      {
        file: "node/signing-guard.ts",
        find: 'if (this.#isAlone || answered >= this.needed(namespace)) return "open";',
        replace: 'if (answered >= 0) return "open";',
      },
    ],
  },
  {
    name: "leak-a-timer",
    mistake: "every head that is taken in leaves a timer behind",
    withinSeeds: 5,
    edits: [
      {
        file: "ledger/head-intake.ts",
        find: "    // docs/protocol.md 6.1 row 1 [IGNORE]: rosters differ.\n",
        replace: "    void this.#context.clock.sleep(1_000_000_000);\n",
      },
    ],
  },
  {
    name: "hang-at-start",
    mistake: "a claim book that holds something never opens",
    withinSeeds: 5,
    edits: [
      {
        file: "ledger/claims/claim-open.ts",
        find: "const found = compareSides(log, level);",
        replace: "const found = compareSides(log, level);\n    if (log.tally.records > 0) await new Promise(() => {});",
      },
    ],
  },
  {
    name: "judge-once",
    mistake: "cases are not judged again when an auditor in them is convicted",
    withinSeeds: 100,
    edits: [
      {
        file: "ledger/head-intake.ts",
        find: '    if (convicted !== undefined) await this.#context.write([], await this.#context.rejudge());\n    return "accepted-conflict";',
        replace: '    return "accepted-conflict";',
      },
    ],
  },
  {
    name: "halt-for-a-wrong-line",
    mistake: "a node under a wrong configuration line takes the log for a lie",
    withinSeeds: 100,
    edits: [
      {
        file: "auditor/audit.ts",
        find: "    if (found === undefined || found === configured) return undefined;",
        replace: "    if (found === undefined || configured.length > 0) return undefined;",
      },
      {
        file: "auditor/look/second-opinion.ts",
        find: 'if (verdict.kind === "verified") return { kind: "other-configuration", configuration };',
        replace: "",
      },
    ],
  },
  {
    name: "count-the-retired",
    mistake: "whoever retired is in the roster at every epoch",
    withinSeeds: 60,
    edits: [
      {
        file: "core/roster.ts",
        find: "    if (!this.#changes) return this.names;",
        replace: "    if (epoch >= 0) return this.names;",
      },
    ],
  },
  {
    name: "settle-and-judge-later",
    mistake: "what people settle is stored, and judged with the next start or conviction",
    withinSeeds: 60,
    edits: [
      {
        file: "ledger/settling.ts",
        find: "    this.#add(settlement);\n    await this.#modules.rejudge();",
        replace: "    this.#add(settlement);",
      },
    ],
  },
];
