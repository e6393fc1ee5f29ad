// A worker of a queue that works out stand-in worlds: node worker-process.mjs <redis url> <threads>. It says "done" for
// each.
import { buildName, connectWorker, WORLDS_QUEUE } from "../../../dist/cli/job-runners.js";
import { QueueWorker } from "../../../dist/jobs/queue-worker.js";
import { ThreadRunner } from "../../../dist/jobs/thread-runner.js";

const [url, threads] = process.argv.slice(2);
const connection = await connectWorker(url);
const runner = new ThreadRunner({ threads: Number(threads) }, { handler: new URL("stand-in.mjs", import.meta.url) });
const onDone = () => console.log("done");
const onTrouble = (message) => console.log(`trouble ${message}`);
const worker = new QueueWorker(
  { queue: WORLDS_QUEUE, build: await buildName() },
  { connection, runner, onDone, onTrouble },
);
process.on("SIGTERM", () => worker.stop());
console.log("ready");
await worker.run();
connection.redis.disconnect();
