/** Questions and answers: with a person at a terminal, or replayed from a file with one answer a line. */
import { createInterface } from "node:readline";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { readTextFile } from "../../platform/text-file.ts";

const MAX_ANSWERS_BYTES = 64 * 1024;
/** A person who mistypes this often wants out. */
const MAX_ATTEMPTS = 5;

export interface Question<T> {
  readonly text: string;
  /** What an empty answer means, as it is shown. Default: an empty answer is none. */
  readonly usual?: string;
  /** Throws what the answer is refused with. */
  take(answer: string): T | Promise<T>;
}

/** Where answers come from; undefined: there are no more. */
interface AnswerSource {
  /** An answer that is refused may be given again. */
  readonly canRepeat: boolean;
  next(prompt: string): Promise<string | undefined>;
  close(): void;
}

export class Conversation {
  readonly #source: AnswerSource;
  readonly #say: (text: string) => void;

  /** `answers`: a file with one answer a line, or "-" for standard input; undefined: the terminal. */
  static async begin(answers: string | undefined, say: (text: string) => void): Promise<Conversation> {
    return new Conversation(answers === undefined ? terminal() : await replayed(answers), say);
  }

  private constructor(source: AnswerSource, say: (text: string) => void) {
    this.#source = source;
    this.#say = say;
  }

  /** Throws USAGE where the answers end, and what `take` throws where nobody can be asked again. */
  async ask<T>({ text, usual, take }: Question<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const prompt = usual === undefined ? `${text}: ` : `${text} [${usual}]: `;
      const answer = (await this.#source.next(prompt))?.trim();
      if (answer === undefined) {
        throw new CoauditError("USAGE", `the answers end before the question "${text}"; nothing was made`, {});
      }
      try {
        return await take(answer);
      } catch (error) {
        if (!isCoauditError(error) || !this.#source.canRepeat || attempt === MAX_ATTEMPTS) throw error;
        this.#say(errorMessage(error));
      }
    }
  }

  close(): void {
    this.#source.close();
  }
}

/**
 * Prompts go to standard error: standard output may be a file. Lines that are pasted at once answer one after the
 * other.
 */
function terminal(): AnswerSource {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const typed: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let isClosed = false;
  const answer = (line: string | undefined): void => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(line);
  };
  reader.on("line", (line) => (waiting === undefined ? void typed.push(line) : answer(line)));
  // Control-C and control-D: a question that is never answered.
  reader.on("close", () => {
    isClosed = true;
    answer(undefined);
  });
  return {
    canRepeat: true,
    next(prompt) {
      if (!isClosed) {
        reader.setPrompt(prompt);
        reader.prompt();
      }
      if (typed.length > 0 || isClosed) return Promise.resolve(typed.shift());
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    close: () => reader.close(),
  };
}

async function replayed(file: string): Promise<AnswerSource> {
  const text = await readTextFile(file === "-" ? "/dev/stdin" : file, MAX_ANSWERS_BYTES);
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const left = lines.values();
  return { canRepeat: false, next: async () => left.next().value, close: () => undefined };
}
