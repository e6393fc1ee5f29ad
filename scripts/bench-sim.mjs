// How fast worlds are: `npm run bench:sim [-- --only a,b,c,d]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-sim");
