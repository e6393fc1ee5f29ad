/** Asks the nodes, decides, and remembers: one question from its first answer to its last. */
import type { QuorumRequest } from "../core/certificate.ts";
import type { Clock } from "../core/clock.ts";
import { throwIfAborted } from "./arguments.ts";
import { type NodeAnswer, NodeQuestions, type RawAnswer, readAnswer } from "./ask-node.ts";
import { accusationIn, headsAgainst } from "./exculpation.ts";
import { follow } from "./follow.ts";
import { Gathering, Gatherings } from "./gathering.ts";
import { type DecidedResult, type Decision, type LookupQuestion, lookupResult } from "./lookup-result.ts";
import type { NodeClient } from "./node-client.ts";
import { type Context, isAlarm, type Reader } from "./reader.ts";
import type { CheckResult } from "./results.ts";
import { settle } from "./settle.ts";
import type { Teller } from "./texts.ts";
import { wrongDigestReport } from "./wrong-digest-report.ts";

export interface HowToAsk {
  readonly signal: AbortSignal | undefined;
  /** "now" where something is known to have changed. */
  readonly freshness: "shared" | "now";
  /** "leave": what satisfies is not remembered as accepted. Default "keep". */
  readonly memory?: "leave";
  /** The digest that the reader was shown, hex. It is only compared. */
  readonly shown?: string;
}

export type Answered = DecidedResult;

interface Conclusion {
  readonly context: Context;
  readonly how: HowToAsk;
  readonly unheard: readonly string[];
  /** Why a conviction could not be stored. */
  readonly notLearnt: string | undefined;
}

export interface AskerModules {
  readonly clock: Clock;
  readonly reader: Reader;
  readonly teller: Teller;
  readonly onAlarm: ((found: CheckResult) => void) | undefined;
}

export class Asker {
  readonly #nodes: readonly NodeClient[];
  readonly #questions: readonly NodeQuestions[];
  readonly #modules: AskerModules;
  readonly #gatherings = new Gatherings();
  /** Answers that nobody waits for any more. */
  readonly #late = new Set<() => void>();
  readonly #life = new AbortController();

  constructor(nodes: readonly NodeClient[], modules: AskerModules) {
    this.#nodes = nodes;
    this.#questions = nodes.map((node) => new NodeQuestions(node));
    this.#modules = modules;
  }

  close(): void {
    this.#life.abort();
    for (const letGo of this.#late) letGo();
  }

  /**
   * `least`: for how many signatures to ask; `before`: for how many was asked already, whose answers count, too. Throws
   * TRUST_STATE_INVALID, QUESTION_ABORTED.
   */
  async ask(request: QuorumRequest, least: number, how: HowToAsk, before?: number): Promise<Answered> {
    throwIfAborted(how.signal);
    const { reader } = this.#modules;
    const earlier = before === undefined ? undefined : this.#gathering(request, before, "shared");
    const gathering = this.#gathering(request, least, how.freshness);
    const letGo = gathering.hold();
    const stop = new AbortController();
    const unlink = follow(how.signal, stop);
    stop.signal.addEventListener("abort", letGo);
    try {
      const context = await reader.context(request);
      const judge = new Judge(request, context, earlier?.heard() ?? []);
      const { decision, unheard } = await settle(
        gathering,
        { request, signal: how.signal },
        {
          clock: this.#modules.clock,
          read: (heard) => judge.read(heard),
          decide: (answers) => judge.decide(answers),
          isAlarm: ({ found }) => isAlarm(found, how.shown),
        },
      );
      const final = await this.#withExculpation(decision, { gathering, judge, request, how });
      const notLearnt = await reader.learn(request.namespace, final, context);
      if (unheard.length > 0) this.#hearLate(gathering, judge, { request, how, settled: final });
      return await this.#concluded(final, { context, how, unheard, notLearnt });
    } finally {
      unlink();
      letGo();
    }
  }

  async #concluded(decision: Decision, { context, how, unheard, notLearnt }: Conclusion): Promise<Answered> {
    const { found } = decision;
    const { failure } = context;
    if (failure !== undefined && !isAlarm(found, how.shown)) throw failure;
    const notStored =
      found.result === "satisfied" && how.memory !== "leave"
        ? (notLearnt ?? (await this.#modules.reader.accept(found, decision, context)))
        : (notLearnt ?? failure?.message);
    return { ...found, unheard, ...(notStored === undefined ? {} : { notStored }) };
  }

  #gathering({ namespace, epoch }: QuorumRequest, least: number, freshness: HowToAsk["freshness"]): Gathering {
    const startedMs = this.#modules.clock.elapsedMs();
    const start = (): Gathering =>
      new Gathering(
        this.#nodes,
        (index, signal) => (this.#questions[index] as NodeQuestions).ask({ namespace, epoch, least }, signal),
        startedMs,
      );
    return this.#gatherings.get(`${namespace} ${epoch} ${least}`, freshness, startedMs, start);
  }

  /** docs/protocol.md 7.3 */
  async #withExculpation(
    decision: Decision,
    { gathering, judge, request, how }: { gathering: Gathering; judge: Judge; request: QuorumRequest; how: HowToAsk },
  ): Promise<Decision> {
    const accusation = accusationIn(decision.found, request);
    if (accusation === undefined) return decision;
    const against = await headsAgainst(accusation, this.#nodes, how.signal, judge.context.modules);
    throwIfAborted(how.signal);
    if (against === undefined) return decision;
    judge.against = against;
    return judge.decide(await judge.read(gathering.heard()));
  }

  /** What comes after the result is final is still read: a conviction in it is remembered, and told. */
  #hearLate(
    gathering: Gathering,
    judge: Judge,
    { request, how, settled }: { request: QuorumRequest; how: HowToAsk; settled: Decision },
  ): void {
    if (this.#life.signal.aborted) return;
    const hold = gathering.hold();
    const stop = new AbortController();
    stop.signal.addEventListener("abort", hold);
    const unlink = follow(how.signal, stop);
    const letGo = (): void => stop.abort();
    this.#late.add(letGo);
    const hear = async (): Promise<void> => {
      while (!gathering.isComplete) await gathering.next();
      if (stop.signal.aborted) return;
      const everything = await judge.decide(await judge.read(gathering.heard()));
      const late = { gathering, judge, request, how: { ...how, signal: stop.signal } };
      const decision = await this.#withExculpation(everything, late);
      await this.#modules.reader.learn(request.namespace, decision, judge.context);
      if (isNews(decision, settled, how.shown)) this.#modules.onAlarm?.(this.#alarm(decision, how.shown));
    };
    void hear()
      // Nobody waits for it: the next question meets the same fault, and tells it.
      .catch(() => undefined)
      .finally(() => {
        unlink();
        letGo();
        this.#late.delete(letGo);
      });
  }

  #alarm({ found }: Decision, shown: string | undefined): CheckResult {
    const { teller } = this.#modules;
    if (found.result !== "satisfied" || shown === undefined || found.head.digest === shown) return teller.tell(found);
    return teller.tell(wrongDigestReport(found, shown, this.#modules.clock.now()));
  }
}

/** An alarm that the result was not, or a conviction that was not in it. */
function isNews({ found }: Decision, settled: Decision, shown: string | undefined): boolean {
  const known = new Set(settled.found.cases.map(({ id }) => id));
  const isNew = found.cases.some(({ id, convicts }) => convicts !== "nobody" && !known.has(id));
  return isNew || (isAlarm(found, shown) && !isAlarm(settled.found, shown));
}

/** Judges the answers to one question, however many have come. */
class Judge {
  readonly context: Context;
  against: LookupQuestion["against"];
  readonly #request: QuorumRequest;
  readonly #earlier: readonly RawAnswer[];

  constructor(request: QuorumRequest, context: Context, earlier: readonly RawAnswer[]) {
    this.#request = request;
    this.context = context;
    this.#earlier = earlier;
  }

  read(heard: readonly RawAnswer[]): Promise<NodeAnswer[]> {
    const { modules } = this.context;
    return Promise.all(heard.map((answer) => readAnswer(answer, this.#request, modules)));
  }

  async decide(answers: readonly NodeAnswer[]): Promise<Decision> {
    const { memory, modules } = this.context;
    const earlier = await this.read(this.#earlier);
    const question: LookupQuestion = { request: this.#request, memory, role: "answers", against: this.against };
    const decision = await lookupResult([...earlier, ...answers], question, modules);
    if (earlier.length === 0) return decision;
    // Each node is reported once, with its last answer.
    return { ...decision, found: { ...decision.found, nodes: decision.found.nodes.slice(earlier.length) } };
  }
}
