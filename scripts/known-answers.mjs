// Known answers of the simulator: `npm run known-answers [-- --worlds 400 --write]`.
import { runBench } from "./run-bench.mjs";

runBench("known-answers");
