// What holds of the whole tree: `npm run tidy` (scripts/tidy).
import { runBench } from "./run-bench.mjs";

runBench("tidy");
