// The verifier: `npm run bench [-- --help]`.
import { runBench } from "./run-bench.mjs";

runBench("bench-akd", { include: ["src/akd"], nodeFlags: ["--expose-gc"] });
