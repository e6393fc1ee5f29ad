/** `coaudit sim`: the laboratory for split-view attacks, one file per subcommand. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { simHuntCommand } from "./sim-hunt.ts";
import { simListCommand } from "./sim-list.ts";
import { simReportCommand } from "./sim-report.ts";
import { simRunCommand } from "./sim-run.ts";
import { simSweepCommand } from "./sim-sweep.ts";
import { simWorkerCommand } from "./sim-worker.ts";

export function simCommand(context: CliContext): Command {
  return new Command("sim")
    .summary("simulate split-view attacks on the code that runs in production")
    .description(
      "Worlds of auditors, lying providers and asking clients under a virtual clock: the parts of a real node on a simulated " +
        "network and disk. The same seed gives the same world on every machine.",
    )
    .addCommand(simRunCommand(context))
    .addCommand(simListCommand(context))
    .addCommand(simSweepCommand(context))
    .addCommand(simWorkerCommand(context))
    .addCommand(simHuntCommand(context))
    .addCommand(simReportCommand(context));
}
