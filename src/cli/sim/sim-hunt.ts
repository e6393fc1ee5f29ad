/** `coaudit sim hunt`: random worlds, checked against rules that must never be broken. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { repeated } from "../repeated.ts";
import type { SimHuntFlags } from "./sim-hunt-action.ts";

const HELP = `
Without a scenario every seed makes a world of its own: crashes at any moment, power cuts, full and broken disks, restored
backups, partitions, lossy and slow links, lying providers, up to f lying auditors. In every world, whatever happens:

  no auditor signs an epoch twice           nobody convicts an honest auditor       ledgers only grow
  healed ledgers are equal                  cases follow from the statements        whoever can sign does
  accepted digests never contradict each other, memory is bounded, every node that starts comes up, and more: docs/simulator.md

A world that breaks a rule is shrunk while it still breaks the same rule, then printed as a scenario or written to --out.

Exit code: 0 every rule held; 1 a rule was broken or the hunt was stopped; 2 wrong usage.

Examples:
  $ coaudit sim hunt --seeds 500
  $ coaudit sim hunt --seeds 10000 --from 100000 --keep-going --out caught
  $ coaudit sim hunt caught/seed-100042.yaml --from 100042 --seeds 1     # again
  $ coaudit sim hunt fifty-fifty-split --set network.lossRate=0.3 --seeds 50`;

export function simHuntCommand(context: CliContext): Command {
  return new Command("hunt")
    .summary("look for worlds that break a rule: for bugs in the node")
    .description(
      "Runs worlds full of faults, one per seed, and checks every event against rules that must never be broken.",
    )
    .argument("[scenario]", "a scenario file or name, run with every seed (default: random worlds)")
    .option("--seeds <number>", "number of seeds", "100")
    .option("--from <number>", "the first seed", "1")
    .option("--auditors <number>", "auditors in a random world (default: 5)")
    .option("--epochs <number>", "epochs in a random world, one minute each (default: 50)")
    .option("--crashes <number>", "kills, power cuts and stops in a random world (default: 20)")
    .option("--set <path=value>", "replace a value of the scenario, in YAML (repeatable)", repeated)
    .option("--jobs <number>", "worlds run at once, one thread each (default: as many as cores)")
    .option("--keep-going", "continue after a seed that breaks a rule")
    .option("--no-shrink", "do not shrink worlds that break a rule")
    .option("--out <folder>", "write each world that breaks a rule to this folder, as a scenario")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (scenario: string | undefined, flags: SimHuntFlags) => {
      const { huntWorlds } = await import("./sim-hunt-action.ts");
      await huntWorlds(scenario, flags, context);
    });
}
