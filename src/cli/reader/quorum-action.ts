/** What `coaudit quorum` does: asks the nodes, decides, shows and saves the result. */
import type { CheckResult } from "../../client/results.ts";
import { fromHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";
import { epochOf, namespaceOf, type Question, type QuestionFlags, questionOf } from "./question.ts";
import { quorumJson, quorumText } from "./quorum-text.ts";
import { RESULT_EXITS } from "./result-exits.ts";

export interface QuorumFlags extends QuestionFlags {
  readonly namespace: string;
  readonly epoch: string;
  readonly digest?: string;
  readonly save?: string;
  readonly json?: true;
}

/**
 * Sets the exit code. Throws USAGE and the like for wrong options, and NODE_UNREACHABLE when no answer was usable.
 */
export async function askQuorum(flags: QuorumFlags, context: CliContext): Promise<void> {
  const [namespace, epoch] = [namespaceOf(flags.namespace), epochOf(flags.epoch)];
  const question = await questionOf(flags, { namespace, epoch });
  const found = await ask(namespace, epoch, flags.digest, question).finally(() => question.client.close());
  if (found.result === "no-answer") {
    throw new CoauditError("NODE_UNREACHABLE", found.explanation, { url: (flags.node ?? []).join(" ") });
  }
  const asked = { ...question, namespace, epoch, found };
  context.out(flags.json === true ? JSON.stringify(quorumJson(asked)) : quorumText(asked, context));
  if (flags.save !== undefined) await save(flags.save, found, context);
  context.exitCode = RESULT_EXITS[found.result];
}

async function ask(
  namespace: string,
  epoch: number | "latest",
  digest: string | undefined,
  { client }: Question,
): Promise<CheckResult> {
  if (digest === undefined) return epoch === "latest" ? client.latest(namespace) : client.at(namespace, epoch);
  if (epoch === "latest") throw usage("--digest", "name its epoch with --epoch N");
  if (fromHex(digest, "--digest").length !== 32) throw usage("--digest", "expected 64 hexadecimal digits");
  return client.check(namespace, epoch, digest);
}

/**
 * The certificate, the report of a wrong digest, or the first case of a conflict; other results have nothing to save.
 */
async function save(file: string, found: CheckResult, context: CliContext): Promise<void> {
  const kept =
    found.result === "satisfied"
      ? found.certificate
      : found.result === "wrong-digest"
        ? found.report
        : found.result === "conflict"
          ? found.files[0]
          : undefined;
  if (kept === undefined) {
    context.err(`coaudit: ${file} was not written: the result "${found.result}" has nothing to save`);
    return;
  }
  await replaceFile(file, `${JSON.stringify(kept)}\n`).catch((cause: unknown) => {
    throw new CoauditError("USAGE", `--save: ${errorMessage(cause)}`, { option: "--save" }, { cause });
  });
}

function usage(option: string, reason: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${reason}`, { option });
}
