/** What a thread does: load its handler, then answer one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { errorMessage, isCoauditError } from "../core/errors.ts";
import type { JobHandler } from "./job-runner.ts";

export type ThreadAnswer =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "failure"; readonly reason: string };

const { handle } = (await import(workerData as string)) as { handle: JobHandler };

parentPort?.on("message", async (question: unknown) => parentPort?.postMessage(await answered(question)));

async function answered(question: unknown): Promise<ThreadAnswer> {
  try {
    return { kind: "answer", answer: await handle(question) };
  } catch (error) {
    const message = errorMessage(error);
    return { kind: "failure", reason: isCoauditError(error) ? `${message} (${error.code})` : message };
  }
}
