// What one liar costs a ledger: `npm run bench:liar [-- --epochs 700000 --conflicts 10000]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-liar", { nodeFlags: ["--expose-gc"] });
