/** Follows a trace: who held a case when, and which client was told what first. */
import type { TraceLine, TraceSink } from "../../simulator/world/trace.ts";

/**
 * Of a thousand nodes each tells of a case when it opens and when its class changes: a few thousand lines. Later ones
 * are not "first".
 */
const MAX_TIMES = 100_000;

export class FirstVoices implements TraceSink {
  readonly #next: TraceSink | undefined;
  readonly #cases: Map<number, string[]> = new Map();
  readonly #answers: Map<string, { readonly t: number; readonly who: string }> = new Map();

  /** `next` gets every line too. */
  constructor(next?: TraceSink) {
    this.#next = next;
  }

  line(text: string): void {
    this.#next?.line(text);
    // Searching the text costs a fraction of parsing it, and one line in a thousand is a case.
    if (text.includes('"what":"case"')) this.#case(JSON.parse(text) as TraceLine);
    else if (text.includes('"what":"key-answer"')) this.#keyAnswer(JSON.parse(text) as TraceLine);
    else if (text.includes('"what":"answer"')) this.#answer(JSON.parse(text) as TraceLine);
  }

  /** Nodes that told of a case at exactly this time, in the order of the trace. */
  nodesAt(timeUs: number): readonly string[] {
    return this.#cases.get(timeUs) ?? [];
  }

  /** The client whose first answer of some kind came at exactly this time. */
  clientAt(timeUs: number): string | undefined {
    return [...this.#answers.values()].find(({ t }) => t === timeUs)?.who;
  }

  #case(line: TraceLine): void {
    if (line.what !== "case" || this.#cases.size >= MAX_TIMES) return;
    const names = this.#cases.get(line.t);
    if (names === undefined) this.#cases.set(line.t, [line.who]);
    else if (!names.includes(line.who)) names.push(line.who);
  }

  /** Of each kind of alarm, about an own key or another's, the first. */
  #keyAnswer(line: TraceLine): void {
    if (line.what !== "key-answer" || line.result !== "alarm") return;
    const kind = `key ${line.reason} ${line.about === line.who ? "own" : "contact"} ${line.lie}`;
    if (!this.#answers.has(kind)) this.#answers.set(kind, line);
  }

  #answer(line: TraceLine): void {
    if (line.what === "answer" && !this.#answers.has(line.result)) this.#answers.set(line.result, line);
  }
}
