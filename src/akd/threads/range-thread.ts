/** What a verifier thread does: reduce one range after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { RangeReducer } from "../fast/range.ts";
import { createKernel } from "../kernel/kernel.ts";
import { FREE, RECORD_BYTES } from "../kernel/layout.ts";
import { type RangeAnswer, type RangeQuestion, READY, type ThreadSettings } from "./messages.ts";

const settings = workerData as ThreadSettings;
const kernel = createKernel(settings.kernel);
const reducer = new RangeReducer(kernel, FREE, settings.capacity);

parentPort?.on("message", (question: RangeQuestion) => parentPort?.postMessage(answer(question)));
parentPort?.postMessage(READY);

function answer({ id, buffer, epoch, unchangedCount, insertedCount }: RangeQuestion): RangeAnswer {
  const shared = new Uint32Array(buffer);
  const words = ((unchangedCount + insertedCount) * RECORD_BYTES) >>> 2;
  kernel.memory.words.set(shared.subarray(0, words), reducer.inputAddress >>> 2);
  const unchanged = { address: reducer.inputAddress, count: unchangedCount };
  const inserted = { address: reducer.inputAddress + unchangedCount * RECORD_BYTES, count: insertedCount };
  const { subtrees, conflict } = { subtrees: undefined, ...reducer.reduceElements(unchanged, inserted, epoch) };
  if (conflict !== undefined) return { id, subtreeWords: 0, conflict };
  shared.set(subtrees ?? []);
  return { id, subtreeWords: subtrees?.length ?? 0 };
}
