// What the wire costs, the prices of src/gossip/cost/wire-price.ts: `npm run bench:wire [-- --help]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-wire");
