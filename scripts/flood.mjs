// What strangers can do to a node: `npm run flood [-- --help]`.
import { runBench } from "./run-bench.mjs";

runBench("flood");
