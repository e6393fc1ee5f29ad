// Key verification: `npm run bench:keys [-- --rounds 5 --contacts 1000 --json FILE]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-keys");
