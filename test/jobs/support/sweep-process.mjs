// A sweep of stand-in worlds as a process of its own, to be killed: node sweep-process.mjs '{"plan":…,"out":…,"jobs":2
// | "queue":url}'. It says "done N" for each world and writes worlds.csv at the end.
import { writeFileSync } from "node:fs";
import { connectAsker, openQueueRunner, WORLDS_QUEUE } from "../../../dist/cli/job-runners.js";
import { ThreadRunner } from "../../../dist/jobs/thread-runner.js";
import { Journal } from "../../../dist/lab/experiment/journal.js";
import { runSweep } from "../../../dist/lab/experiment/sweep.js";
import { writeSweep } from "../../../dist/lab/experiment/sweep-files.js";

const { plan, out, jobs, queue } = JSON.parse(process.argv[2]);
const journal = await Journal.open({ folder: out, plan, version: "1.0.0", run: `run${process.pid}` });
const runner =
  queue === undefined
    ? new ThreadRunner({ threads: jobs }, { handler: new URL("stand-in.mjs", import.meta.url) })
    : await openQueueRunner({ queue: WORLDS_QUEUE, run: journal.run }, await connectAsker(queue), () =>
        console.log("nobody"),
      );
console.log(`had ${journal.size}`);
const onDone = () => console.log(`done ${journal.size}`);
const failures = await runSweep(plan, { runner, journal, onDone, signal: new AbortController().signal });
await runner.close();
writeFileSync(`${out}/failures.json`, JSON.stringify(failures));
if (failures.length === 0) await writeSweep(out, {}, plan, journal);
await journal.close();
