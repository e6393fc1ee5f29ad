/**
 * What happens in the ledger, as frames of server-sent events: each is made once, kept for those who reconnect, and
 * sent to every open stream as the same bytes.
 */

import { toHex } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import { type AuditorHead, headTimeMs } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import type { CaseRecord } from "../ledger/cases/case-record.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import type { NodeView } from "../node/view.ts";

export interface EventStream {
  /** Undefined for all. */
  readonly namespace: string | undefined;
  write(frame: Buffer): void;
  end(): void;
}

export interface EventHubOptions {
  readonly heartbeatMs: number;
}

export interface EventHubModules {
  readonly node: NodeView;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Frames for those who reconnect: with 10 auditors and an epoch every 30 s, half an hour. About 300 KB. */
const MAX_KEPT_FRAMES = 1_024;
/**
 * A quorum costs two signature checks an auditor; while thousands of heads arrive, one reading of it in this time is
 * enough.
 */
const QUORUM_PAUSE_MS = 500;

interface Kept {
  readonly sequence: number;
  /** Undefined: it concerns every namespace. */
  readonly namespace: string | undefined;
  readonly frame: Buffer;
}

export class EventHub {
  readonly #options: EventHubOptions;
  readonly #modules: EventHubModules;
  /** Ids of another run of the node are of no use here. */
  readonly #run: string;
  readonly #kept: Kept[] = [];
  readonly #streams: Set<EventStream> = new Set();
  readonly #life = new AbortController();
  readonly #stopListening: () => void;
  /** Namespaces whose quorum is being read: true when a head arrived since. */
  readonly #reading: Map<string, boolean> = new Map();
  readonly #lastQuorum: Map<string, string> = new Map();
  #sequence = 0;
  #isBeating = false;

  constructor(options: EventHubOptions, modules: EventHubModules) {
    this.#options = options;
    this.#modules = modules;
    this.#run = modules.clock.now().toString(36);
    this.#stopListening = modules.node.onEvent((event) => this.#follow(event));
  }

  /** Ends every stream and stops following the ledger. */
  close(): void {
    this.#stopListening();
    this.#life.abort();
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  /**
   * From here on the stream gets what happens; first, what it missed since `lastEventId`, or a reset if that is
   * unknown.
   */
  open(stream: EventStream, lastEventId: string | undefined): void {
    const missed = lastEventId === undefined ? undefined : this.#since(lastEventId);
    if (missed === undefined) {
      // A browser keeps the id of any event, so that it can resume from here.
      const event = lastEventId === undefined ? "hello" : "reset";
      stream.write(frameOf(event, this.#id(), { namespaces: this.#modules.node.namespaces }));
    } else {
      for (const one of missed) if (isFor(stream, one.namespace)) stream.write(one.frame);
    }
    this.#streams.add(stream);
    if (!this.#isBeating) void this.#beat();
  }

  remove(stream: EventStream): void {
    this.#streams.delete(stream);
  }

  #follow(event: LedgerEvent): void {
    if (event.type === "head") {
      this.#tell("head", event.head.namespace, headData(event.auditor, event.head));
      this.#readQuorum(event.head.namespace);
    } else if (event.type === "reassumed") {
      for (const namespace of this.#modules.node.namespaces) this.#readQuorum(namespace);
    } else if (event.type === "case-opened" || event.type === "case-changed" || event.type === "case-explained") {
      const { subject } = event.record;
      const namespace = subject.kind === "auditor" ? undefined : subject.namespace;
      this.#tell("case", namespace, caseData(event.record));
      for (const affected of namespace === undefined ? this.#modules.node.namespaces : [namespace]) {
        this.#readQuorum(affected);
      }
    }
  }

  /** While there are streams. Comments keep proxies from closing quiet ones, and find readers that are gone. */
  async #beat(): Promise<void> {
    const { signal } = this.#life;
    const comment = Buffer.from(":\n\n");
    this.#isBeating = true;
    while (this.#streams.size > 0 && !signal.aborted) {
      await this.#modules.clock.sleep(this.#options.heartbeatMs, signal);
      for (const stream of this.#streams) stream.write(comment);
    }
    this.#isBeating = false;
  }

  #tell(event: string, namespace: string | undefined, data: object): void {
    this.#sequence++;
    const frame = frameOf(event, this.#id(), data);
    this.#kept.push({ sequence: this.#sequence, namespace, frame });
    if (this.#kept.length > MAX_KEPT_FRAMES) this.#kept.shift();
    for (const stream of this.#streams) if (isFor(stream, namespace)) stream.write(frame);
  }

  /** One reading at a time; what arrives meanwhile is in the next one. */
  #readQuorum(namespace: string): void {
    if (!this.#modules.node.namespaces.includes(namespace)) return;
    const isReading = this.#reading.has(namespace);
    this.#reading.set(namespace, isReading);
    if (!isReading) void this.#readUntilQuiet(namespace);
  }

  async #readUntilQuiet(namespace: string): Promise<void> {
    const { clock, log } = this.#modules;
    const { signal } = this.#life;
    while (!signal.aborted) {
      this.#reading.set(namespace, false);
      try {
        await this.#tellQuorum(namespace);
      } catch (error) {
        if (!signal.aborted) log.error({ namespace, error: errorMessage(error) }, "a quorum could not be read");
      }
      await clock.sleep(QUORUM_PAUSE_MS, signal);
      if (this.#reading.get(namespace) !== true) break;
    }
    this.#reading.delete(namespace);
  }

  /** Tells when another head has the quorum, or the reading changes; not of each further signature. */
  async #tellQuorum(namespace: string): Promise<void> {
    const { node } = this.#modules;
    const min = node.defaultMin(namespace, "latest");
    const answer = await node.quorum(namespace, "latest", min);
    if (answer === undefined || this.#life.signal.aborted) return;
    const { result, certificate, signers } = answer;
    const { epoch, digest } = certificate;
    const now = `${result} ${epoch} ${digest}`;
    if (this.#lastQuorum.get(namespace) === now) return;
    this.#lastQuorum.set(namespace, now);
    this.#tell("quorum", namespace, { namespace, epoch, digest, result, min, signers: signers.length });
  }

  /** Undefined when the id is none of this run, or too old. */
  #since(lastEventId: string): Kept[] | undefined {
    const [run, number = ""] = lastEventId.split("-");
    const sequence = /^\d{1,15}$/.test(number) ? Number(number) : -1;
    const oldest = this.#sequence - this.#kept.length;
    if (run !== this.#run || sequence < oldest || sequence > this.#sequence) return undefined;
    return this.#kept.slice(sequence - oldest);
  }

  #id(): string {
    return `${this.#run}-${this.#sequence}`;
  }
}

function isFor(stream: EventStream, namespace: string | undefined): boolean {
  return stream.namespace === undefined || namespace === undefined || stream.namespace === namespace;
}

function frameOf(event: string, id: string, data: object): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function headData(auditor: string, head: AuditorHead): object {
  const isLate = head.type === "signed-head" && head.cosignature === undefined;
  return {
    namespace: head.namespace,
    epoch: head.epoch,
    digest: toHex(head.digest),
    auditor,
    type: isLate ? "late-head" : head.type,
    timestampMs: headTimeMs(head),
  };
}

function caseData({ id, subject, class: caseClass, state, changedAtMs }: CaseRecord): object {
  return { id, subject, class: caseClass, state, changedAtMs };
}
