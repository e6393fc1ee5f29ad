/** `coaudit provider serve`: a practice key directory, honest or lying. */
import { Command } from "commander";
import type { ServeFlags } from "./provider-serve-action.ts";

const EXAMPLES = `
Auditors read http://127.0.0.1:PORT/NAME/, each under its own name; lies are told to all of them, or to those that --lie-to names.

Examples:
  $ coaudit provider serve --live --interval 2000 --port 8400
      a live directory with a new epoch every two seconds
  $ coaudit provider serve --live --data ./directory
      the same, kept in a folder; POST /keys publishes a key, GET /keys/LABEL/lookup proves it, and POST /keys/lies
      says what is told to whom instead (docs/key-verification.md)
  $ coaudit provider serve --log recorded --fork other --fork-at 17 --fork-to alice,bob
      a recording; alice and bob are shown another history from epoch 17 on
  $ coaudit provider serve --live --truncate-at 3 --lie-to carol --lie-times 2
      the first two times that carol fetches epoch 3, the connection closes in the middle`;

export function providerCommand(): Command {
  const serve = new Command("serve")
    .description("serve a recorded or live key directory as an S3-style bucket, one epoch at a time")
    .option("--log <dir>", "a recording: <dir>/<epoch>/<previous>/<current>, or the same under <dir>/audits")
    .option("--live", "a live key directory instead of a recording: random entries, and those that POST /keys hands in")
    .option("--data <dir>", "keep the live directory in this folder, and go on from it (default: in memory)")
    .option("--configuration <name>", "configuration of the live tree: whatsapp_v1 or experimental", "whatsapp_v1")
    .option("--entries <n>", "new entries in each epoch of the live tree", "50")
    .option("--seed <n>", "make the live directory of this number: the same keys and digests each time it begins")
    .option("--interval <ms>", "time between epochs", "5000")
    .option("--port <port>", "port on 127.0.0.1; 0 for any free one", "8400")
    .option("--start-epoch <epoch>", "publish everything up to this epoch at the start", "1")
    .option("--fork <dir>", "a second recording, with another history from --fork-at on")
    .option("--fork-at <epoch>", "first epoch at which the histories differ; with --live, a second tree")
    .option("--fork-to <names>", "auditors that are shown the fork, separated by commas")
    .option("--list-both-at <epoch>", "lie: list two keys for this epoch")
    .option("--invalid-at <epoch>", "lie: serve an invalid proof for this epoch")
    .option("--truncate-at <epoch>", "lie: close the connection in the middle of this epoch's blob")
    .option("--withhold <epoch>", "lie: list this epoch, but not find its blob")
    .option("--withhold-listing <epoch>", "lie: do not list this epoch")
    .option("--stale-for <n>", "lie: leave each epoch out of the first n listings that an auditor asks for")
    .option("--slow-ms <ms>", "lie: send nothing of a blob before this time has passed")
    .option("--bytes-per-second <n>", "lie: send blobs at this rate")
    .option("--lie-to <names>", "tell the lies only to these auditors, separated by commas")
    .option("--lie-times <n>", "tell an auditor a lie about an epoch the first n times that it asks, then the truth")
    .option("--json", "print one JSON object per line")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: ServeFlags) => (await import("./provider-serve-action.ts")).serveProvider(flags));
  return new Command("provider").description("run a practice key directory, honest or lying").addCommand(serve);
}
