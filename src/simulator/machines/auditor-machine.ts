/** An auditor's node: a CoauditNode with all its parts, on a simulated disk and network. */

import type { ConfigurationName } from "../../akd/configuration.ts";
import { MemoryQuarantine } from "../../auditor/bodies/quarantine.ts";
import type { NamespaceAuditor } from "../../auditor/namespace-auditor.ts";
import { isCoauditError } from "../../core/errors.ts";
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import type { ClaimBookOptions } from "../../ledger/claims/claim-open.ts";
import { CoauditNode } from "../../node/node.ts";
import { buildParts } from "../../node/parts.ts";
import { ABOVE_MARK_AFTER_MS } from "../../node/signing-guard.ts";
import { NAMESPACE } from "../actors/histories.ts";
import { SimSource } from "../actors/sim-source.ts";
import { CONFIGURATION, ModelledProofVerifier } from "../ports/proofs.ts";
import { slowSigner } from "../ports/signatures.ts";
import { CLAIMS_FOLDER, SimDisk } from "../ports/sim-disk.ts";
import { type Life, LivingMachine } from "./living-machine.ts";
import { simConfig } from "./node-config.ts";
import type { Character, EndOfLife, Surroundings } from "./surroundings.ts";

export interface AuditorMachineOptions {
  readonly place: string;
  readonly name: string;
  readonly character: Character;
  /** How many epochs behind everybody else. */
  readonly epochsBehind?: number;
  /** The disk to begin with; absent: an empty one. */
  readonly disk?: SimDisk;
  readonly durability: "power-cuts" | "kept";
}

interface AuditorLife extends Life {
  node?: CoauditNode;
  auditor?: NamespaceAuditor;
}

/** Bodies of failing proofs are 2 KB at most. */
const QUARANTINE_BYTES = 100_000;

export class AuditorMachine extends LivingMachine<AuditorLife> {
  /** As its operator wrote it, from its next life on. */
  configuration: ConfigurationName = CONFIGURATION;
  /** Something on its way to the provider spoils every proof. */
  spoilsProofs = false;
  readonly #epochsBehind: number;

  constructor(options: AuditorMachineOptions, world: Surroundings) {
    const { place, name, character, disk, durability, epochsBehind = 0 } = options;
    super({ place, name, role: "auditor", character }, disk ?? new SimDisk({ durability }, world), world);
    this.#epochsBehind = epochsBehind;
  }

  /** Why the life that is up signs nothing, if it is halted. */
  get haltReason(): string | undefined {
    return this.current?.auditor?.status().halt?.reason;
  }

  /** Up to where the claims of the life that is up let it sign nothing, if that has hindered it. */
  get mark(): number | undefined {
    const unsigned = this.current?.auditor?.status().unsigned;
    return unsigned?.kind === "mark" ? unsigned.mark : undefined;
  }

  /** What keeps it from signing, as its status says. */
  get trouble(): string | undefined {
    const behind = this.current?.auditor?.status().behind;
    return behind && `${behind.reason}: ${behind.code}`;
  }

  /** Its operator ends a halt that a wrong proof caused; what the node says to that, nobody hears here. */
  resume(): void {
    const { node, auditor } = this.current ?? {};
    if (node === undefined || auditor?.status().halt?.reason !== "invalid-proof") return;
    node.resume(NAMESPACE, "the path is right again").catch(() => undefined);
  }

  override down(why: EndOfLife): void {
    const life = this.current;
    if (why === "stop" && life?.node !== undefined) this.#stop(life, life.node);
    else super.down(why);
  }

  protected async live(life: AuditorLife): Promise<void> {
    const { incarnation, ports } = life;
    const { scenario, streams, directory } = this.world;
    const signing = { incarnation, random: streams.stream("sign", this.place, this.life) };
    const { random, storage } = ports;
    const signingKey = directory.signingKey(this.name);
    const book: ClaimBookOptions = { folder: CLAIMS_FOLDER, publicKeys: [signingKey.publicKey] };
    const claimModules = { random, files: storage.claimFiles, stores: storage.claimStores };
    const claims = await (this.disk.hasBook
      ? ClaimBook.open(book, claimModules)
      : ClaimBook.create(book, claimModules).catch((error: unknown) => {
          // The operator was interrupted after everything had been made.
          if (!isCoauditError(error, "CLAIMS_EXIST")) throw error;
          return ClaimBook.open(book, claimModules);
        }));
    this.disk.hasBook = true;
    const config = simConfig({
      name: this.name,
      roster: directory.rosterOf(this.place),
      faultBound: directory.faultBound,
      pollIntervalMs: pollIntervalOf(scenario.epochIntervalMs),
      allowAlone: !scenario.network.headSync,
      configuration: this.configuration,
      // What may be signed must not depend on how long it takes: worlds of a few epochs get there too.
      aboveMarkAfterMs: Math.min(ABOVE_MARK_AFTER_MS, 4 * scenario.epochIntervalMs),
    });
    const proofVerifier = new ModelledProofVerifier(scenario.costs, { ...signing, check: this.world.proofCheck });
    const parts = await buildParts(config, {
      ...ports,
      claims,
      proofVerifier,
      signer: slowSigner(signingKey, scenario.costs.signMs, signing),
      networkKey: directory.networkKey(this.place),
      sourceOf: () => this.#source(life),
      mirrorsOf: () => [],
      proofCaches: new Map(),
      quarantineOf: () => new MemoryQuarantine({ maxBytes: QUARANTINE_BYTES }),
    });
    this.follow(life, parts.ledger);
    parts.sync.onSynced((peer) => {
      const auditor = parts.peerNames.auditorOf(peer);
      if (auditor !== undefined) this.world.watcher.synced(this, auditor);
    });
    const auditor = parts.auditors.get(NAMESPACE);
    if (auditor !== undefined) life.auditor = auditor;
    life.node = new CoauditNode(config, parts, { ...ports, proofVerifier });
    await life.node.start();
  }

  #stop({ incarnation }: AuditorLife, node: CoauditNode): void {
    node.stop().then(
      () => {
        if (incarnation.isAlive) this.end("stop");
      },
      (error: unknown) => {
        if (incarnation.isAlive) this.fail(error);
      },
    );
  }

  #source({ incarnation }: AuditorLife): SimSource {
    const { provider, histories, scheduler, streams, watcher } = this.world;
    return new SimSource(
      { reader: this.place, epochsBehind: this.#epochsBehind, isSpoiled: () => this.spoilsProofs },
      {
        ...{ provider, histories, scheduler, incarnation },
        random: streams.stream("source", this.place, this.life),
        onShown: (to, epoch, branch) => watcher.shown(to, epoch, branch),
      },
    );
  }
}

/** Four looks an epoch, as a real auditor has six: between 5 and 15 s. */
function pollIntervalOf(epochIntervalMs: number): number {
  return Math.min(15_000, Math.max(5_000, Math.floor(epochIntervalMs / 4)));
}
