// The simulator's model of gossipsub against the real one: `npm run bench:mesh [-- --help]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-mesh");
