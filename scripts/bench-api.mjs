// The API: `npm run bench:api [-- --seconds 5 --rounds 3 --streams 2000]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-api");
