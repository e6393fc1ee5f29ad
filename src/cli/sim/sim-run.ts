/** `coaudit sim run`: one world. */
import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { SimRunFlags } from "./sim-run-action.ts";

const HELP = `
The folder receives trace.jsonl (what happened, one event per line) and summary.json (versions, command, seed, scenario,
measures). It must be new, empty, or of the same run, which writes the same files again. Without --out only the summary on the
screen remains.

Exit code: 0 done; 1 stopped or failed; 2 wrong usage or an invalid scenario (the message gives line and column).

Examples:
  $ coaudit sim run fifty-fifty-split
  $ coaudit sim run fifty-fifty-split --set auditors=10 --set network.lossRate=0.2 --seed 7 --out split-7
  $ coaudit sim run my.yaml --set 'provider.lies.0.to.auditors={count: 1}' --json`;

export function simRunCommand(context: CliContext): Command {
  return new Command("run")
    .summary("run one world and report what happened")
    .description("Run one world of a scenario and report what happened.")
    .argument("<scenario>", "a scenario file, or the name of a bundled scenario (coaudit sim list)")
    .option("--seed <number>", "the seed; the same seed gives the same world", "1")
    .option("--set <path=value>", "replace a value of the scenario, in YAML (repeatable)", repeated)
    .option("--out <folder>", "write trace and summary to this folder")
    .addOption(
      new Option("--trace <how much>", "how much of the trace to keep; its hash is the same")
        .choices(["full", "none"])
        .default("full"),
    )
    .addOption(
      new Option("--drain <how>", "how the world waits for its own code; same trace, reference is slower")
        .choices(["fast", "reference"])
        .default("fast"),
    )
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (scenario: string, flags: SimRunFlags) => {
      const { runScenario } = await import("./sim-run-action.ts");
      const { runWorld } = await import("../../simulator/world/run-world.ts");
      await runScenario(scenario, flags, context, { runWorld });
    });
}
