// The network part of simulated worlds: `npm run bench:sim-network [-- --help]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-sim-network", { nodeFlags: ["--expose-gc"] });
