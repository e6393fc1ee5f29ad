/** What `coaudit doctor` and `coaudit config check` do: look, and say what they found. */
import { loadConfig } from "../../node/config/config.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { colorsOf } from "../table.ts";
import { printable } from "../text.ts";
import { examineFiles } from "./examine-files.ts";
import { examineMachine } from "./examine-machine.ts";
import { examineNetwork } from "./examine-network.ts";
import { examineNode, peersViews } from "./examine-node.ts";
import { examineSources } from "./examine-sources.ts";
import type { Finding } from "./finding.ts";

export interface DoctorFlags {
  readonly config: string;
  readonly node?: readonly string[];
  readonly json?: true;
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID. */
export async function examine(flags: DoctorFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(flags.config);
  const findings = [
    ...(await examineFiles(config)),
    ...(await examineMachine(config)),
    ...(await examineNetwork(config)),
    ...(await examineSources(config)),
    ...(await examineNode(config, flags.config)),
    ...(await peersViews(flags.node ?? [], config)),
  ];
  show(findings, flags, context);
}

/** Throws the same. */
export async function checkConfig(flags: DoctorFlags, context: CliContext): Promise<void> {
  show(await examineFiles(await loadConfig(flags.config)), flags, context);
}

function show(findings: readonly Finding[], { json }: DoctorFlags, context: CliContext): void {
  const isWell = findings.every(({ result }) => result === "ok" || result === "note");
  context.exitCode = isWell ? EXIT.yes : EXIT.no;
  if (json === true) {
    context.out(JSON.stringify({ ok: isWell, findings }));
    return;
  }
  const colors = colorsOf(context);
  const marks = {
    ok: colors.green("ok"),
    note: colors.dim("note"),
    warning: colors.yellow("LOOK"),
    failure: colors.red("FAIL"),
  };
  for (const finding of findings) {
    context.out(`${marks[finding.result]}  ${finding.check}: ${printable(finding.message)}`);
    if ("fix" in finding) context.out(`      -> ${printable(finding.fix)}`);
  }
  context.out(isWell ? "all is well" : "see what is marked LOOK and FAIL");
}
