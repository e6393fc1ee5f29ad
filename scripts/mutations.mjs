// Whether the hunt finds bugs: `npm run mutations [-- NAME ...]`.
import { runBench } from "./run-bench.mjs";

runBench("mutations");
