// The same worlds under two versions of Node, and by both ways of draining: `npm run determinism`. Ends with 1 where
// traces differ.
import { runBench } from "./run-bench.mjs";

runBench("determinism");
