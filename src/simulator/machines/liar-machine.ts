/**
 * One face of an auditor that lies: it speaks the protocol, knows what everybody knows, and signs what its operator
 * wants. An auditor with two faces is two of these with one key, each shown to one half of the others.
 */
import { SeedSigner } from "../../auditor/signer.ts";
import { type AuditorHead, cosignatureTimeSeconds, type SignedHead } from "../../core/head.ts";
import { encodeStatement } from "../../core/statement-codec.ts";
import { buildListeningParts, type ListeningParts } from "../../node/parts.ts";
import type { HeadView, QuorumAnswer } from "../../node/view.ts";
import { NAMESPACE, ORIGIN } from "../actors/histories.ts";
import { SimDisk } from "../ports/sim-disk.ts";
import type { Branch } from "../world/trace.ts";
import { type Life, LivingMachine } from "./living-machine.ts";
import { simConfig } from "./node-config.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Speech {
  readonly branch: Branch;
  /** half: the cosignature alone. */
  readonly signatures: "both" | "half";
}

export interface LiarMachineOptions {
  readonly place: string;
  readonly name: string;
  /** What it signs for an epoch; undefined: nothing. */
  readonly speech: (epoch: number) => Speech | undefined;
  /** Whether clients get to see the cases that it knows. */
  readonly cases: "shown" | "hidden";
}

export class LiarMachine extends LivingMachine {
  readonly #options: LiarMachineOptions;

  constructor(options: LiarMachineOptions, world: Surroundings) {
    const { place, name } = options;
    super({ place, name, role: "auditor", character: "liar" }, new SimDisk({ durability: "kept" }, world), world);
    this.#options = options;
  }

  override async quorum(epoch: number | "latest", min: number): Promise<QuorumAnswer | undefined> {
    const answer = await super.quorum(epoch, min);
    return answer !== undefined && this.#options.cases === "hidden" ? withoutCases(answer) : answer;
  }

  /** A node that hides cases also hides the heads that would contradict an accusation. */
  override async heads(epoch: number): Promise<readonly HeadView[]> {
    const views = await super.heads(epoch);
    return this.#options.cases === "hidden" ? [] : views;
  }

  protected async live(life: Life): Promise<void> {
    const { directory } = this.world;
    const parts = await buildListeningParts(
      simConfig({ name: this.name, roster: directory.rosterOf(this.place), faultBound: directory.faultBound }),
      life.ports,
    );
    this.follow(life, parts.ledger);
    const { network, budget, sync, dialer, peerNames } = parts;
    await network.start(budget);
    sync.start();
    dialer.setTargets(peerNames.targets());
    await this.#speak(life, parts);
  }

  async #speak({ incarnation, ports: { clock, random } }: Life, parts: ListeningParts): Promise<void> {
    const { scenario, provider } = this.world;
    let signed = 0;
    while (incarnation.isAlive) {
      for (const newest = provider.newestEpoch; signed < newest; ) {
        signed++;
        const speech = this.#options.speech(signed);
        if (speech !== undefined) await this.#say(signed, speech, clock.now(), parts);
      }
      await clock.sleep(scenario.epochIntervalMs / 4 + random.below(1000));
    }
  }

  async #say(epoch: number, speech: Speech, timestampMs: number, { ledger, gossip }: ListeningParts): Promise<void> {
    const { histories, watcher } = this.world;
    const digest = histories.digest(epoch, speech.branch);
    const signer = new SeedSigner(this.world.directory.signingKey(this.name));
    const { publicKey } = signer;
    const slot = { namespace: NAMESPACE, origin: ORIGIN, epoch, digest, publicKey };
    const head = await signer.signHead({ ...slot, timestampMs, suite: 1, late: false });
    const said = speech.signatures === "both" ? head : halfOf(head);
    if (speech.branch === "fork") watcher.shown(this.place, epoch, "fork");
    await ledger.receive(encodeStatement(said), "own");
    await gossip.publish(said);
  }
}

function halfOf(head: SignedHead): AuditorHead {
  const { namespace, origin, epoch, digest, publicKey, cosignature, timestampMs } = head;
  if (cosignature === undefined) return head;
  const timeSeconds = cosignatureTimeSeconds(timestampMs);
  return { type: "half-head", namespace, origin, epoch, digest, timeSeconds, publicKey, cosignature };
}

function withoutCases(answer: QuorumAnswer): QuorumAnswer {
  return { ...answer, certificate: { ...answer.certificate, cases: [], openCases: 0 } };
}
