// The same worlds under two versions of Node, with both ways of draining: `npm run determinism`. Exits with 1 when
// traces differ.
import { runBench } from "./run-bench.mjs";

runBench("determinism");
