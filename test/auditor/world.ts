/** One auditor between a made-up log and ports in memory, under a virtual clock. */
import { MemoryQuarantine } from "../../src/auditor/bodies/quarantine.ts";
import { NamespaceAuditor } from "../../src/auditor/namespace-auditor.ts";
import type { AuditorOptions } from "../../src/auditor/options.ts";
import type { OtherAuditors, SigningGuard } from "../../src/auditor/ports.ts";
import { SeedSigner, type Signer } from "../../src/auditor/signer.ts";
import { ed25519KeyFromSeed } from "../../src/platform/native-ed25519.ts";
import { SeededRandom, settle, VirtualClock } from "../support/virtual-clock.ts";
import { MemoryClaims, MemoryHeads, MemoryLogger, MemoryObservations, MemoryRoots } from "./memory-ports.ts";
import { blob, NAMESPACE, ORIGIN, ROOT, StubSource, StubVerifier } from "./stub-log.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export const signingKey: ReturnType<typeof ed25519KeyFromSeed> = ed25519KeyFromSeed(new Uint8Array(32).fill(7));

/**
 * What outlives the process, and the outside world. A second auditor made of the same world is the same node after a
 * restart.
 */
export class World {
  readonly clock: VirtualClock = new VirtualClock();
  readonly source: StubSource = new StubSource(this.clock);
  readonly proofVerifier: StubVerifier = new StubVerifier();
  readonly claims: MemoryClaims = new MemoryClaims();
  readonly heads: MemoryHeads = new MemoryHeads();
  readonly observations: MemoryObservations = new MemoryObservations();
  readonly roots: MemoryRoots = new MemoryRoots();
  readonly quarantine: MemoryQuarantine = new MemoryQuarantine();
  readonly signer: Signer = new SeedSigner(signingKey);
  readonly log: MemoryLogger = new MemoryLogger();
  readonly guard: SigningGuard & { open: boolean; aboveMark: boolean } = {
    open: true,
    aboveMark: false,
    state: () => (this.guard.open ? "open" : this.guard.aboveMark ? "above-mark" : "closed"),
  };
  readonly others: OtherAuditors & { highest: number; shown: number; timesMs: number[] } = {
    highest: 0,
    shown: 0,
    timesMs: [],
    highestSignedByOthers: () => this.others.highest,
    highestOwnShown: () => this.others.shown,
    recentHeadTimesMs: () => this.others.timesMs,
  };
  readonly #started: NamespaceAuditor[] = [];

  auditor(
    options: Partial<AuditorOptions> = {},
    modules: Partial<ConstructorParameters<typeof NamespaceAuditor>[1]> = {},
  ): NamespaceAuditor {
    const all = { namespace: NAMESPACE, origin: ORIGIN, configuration: "whatsapp_v1", root: ROOT, ...options } as const;
    return new NamespaceAuditor(all, { ...this, random: new SeededRandom(3), ...modules });
  }

  async start(
    options: Partial<AuditorOptions> = {},
    modules: Partial<ConstructorParameters<typeof NamespaceAuditor>[1]> = {},
  ): Promise<NamespaceAuditor> {
    const auditor = this.auditor(options, modules);
    this.#started.push(auditor);
    auditor.start(new AbortController().signal);
    await settle();
    return auditor;
  }

  /** Without a pinned root. */
  async startUnpinned(): Promise<NamespaceAuditor> {
    const options = { namespace: NAMESPACE, origin: ORIGIN, configuration: "whatsapp_v1" } as const;
    const auditor = new NamespaceAuditor(options, { ...this, random: new SeededRandom(3) });
    this.#started.push(auditor);
    auditor.start(new AbortController().signal);
    await settle();
    return auditor;
  }

  async stopAll(): Promise<void> {
    for (const auditor of this.#started.splice(0)) await auditor.stop();
  }

  /** Publishes an epoch every 30 s for `epochs` epochs. */
  async live(epochs: number): Promise<void> {
    for (let i = 0; i < epochs; i++) {
      this.source.publish(blob(Math.max(0, ...this.source.blobs.keys()) + 1));
      await this.clock.advance(30_000);
    }
  }
}
