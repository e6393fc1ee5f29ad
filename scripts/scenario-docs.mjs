// Writes config/scenarios/scenario.schema.json and the scenario reference in docs/simulator.md: `npm run
// scenario-docs`. Tests fail when they are out of date.
import { runBench } from "./run-bench.mjs";

runBench("scenario-docs");
