/** The configuration and the files that it names, as a start would read them. */
import { access, constants, stat } from "node:fs/promises";
import { counted } from "../../core/counted.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import { defaultFaultBound, ZERO_BOUND } from "../../core/roster.ts";
import { claimsFolder, type NodeConfig } from "../../node/config/config.ts";
import { readKeyFile } from "../../node/config/key-file.ts";
import { checkOwnKey } from "../../node/own-key.ts";
import { ed25519KeyFromSeed } from "../../platform/native-ed25519.ts";
import { type Finding, failure, note, ok, warning } from "./finding.ts";

export async function examineFiles(config: NodeConfig): Promise<Finding[]> {
  const { file, roster, namespaces } = config;
  const auditors = counted(roster.roster.size, "auditor");
  return [
    ok("configuration", `${file} can be used: ${counted(namespaces.length, "namespace")}, ${auditors}`),
    ...config.warnings.map((text) => warning("configuration", text, `correct the line, or ignore this`)),
    ...(namespaces.length === 0
      ? [warning("configuration", "no namespace is audited", `name one under namespaces in ${file}`)]
      : []),
    bound(config),
    await keyFile("network key", config.networkKeyFile),
    ...(await signingKey(config)),
    await claims(config),
    ...(await hooks(config)),
  ];
}

function bound({ faultBound, roster }: NodeConfig): Finding {
  const inForce = faultBound ?? defaultFaultBound(roster.roster.size);
  if (inForce > 0) return ok("fault bound", `f is ${inForce} of ${counted(roster.roster.size, "auditor")}`);
  return warning("fault bound", ZERO_BOUND, "find more auditors: with four f is 1");
}

async function keyFile(check: string, file: string): Promise<Finding> {
  try {
    await readKeyFile(file);
    return ok(check, `${file} is readable by its owner alone`);
  } catch (error) {
    if (!isCoauditError(error)) throw error;
    const fix =
      error.code === "KEY_FILE_EXPOSED"
        ? `chmod 600 ${file}, and think of who may have read it`
        : "name the right file in the configuration, or put it back; `coaudit init` makes new keys";
    return failure(check, error.message, fix);
  }
}

async function signingKey(config: NodeConfig): Promise<Finding[]> {
  const finding = await keyFile("signing key", config.signingKeyFile);
  if (finding.result !== "ok") return [finding];
  const { publicKey } = ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile));
  try {
    checkOwnKey(config, publicKey);
    return [finding, ok("own entry", `the roster lists this key under ${config.name}`)];
  } catch (error) {
    return [
      finding,
      failure("own entry", errorMessage(error), "correct the roster or the name, and ask the others for theirs"),
    ];
  }
}

async function claims(config: NodeConfig): Promise<Finding> {
  const folder = claimsFolder(config);
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) {
    const fix =
      "look for the right folder (`data:`, a disk that is not mounted); if it is gone, `coaudit claims repair`";
    return failure(
      "claims",
      `${folder} is not there: what this key signed is not known, and the node does not start`,
      fix,
    );
  }
  const mode = found.mode & 0o077;
  if ((mode & 0o022) === 0) return ok("claims", `${folder} is there`);
  return warning("claims", `${folder} can be written by others`, `chmod 700 ${folder}`);
}

async function hooks({ alerts, file }: NodeConfig): Promise<Finding[]> {
  if (alerts === undefined || alerts.receivers.length === 0) {
    return [note("alerts", `nobody is told when something is not well; see alerts in docs/operations.md`)];
  }
  const findings: Finding[] = [];
  for (const receiver of alerts.receivers) {
    if (receiver.kind !== "command" || !receiver.command[0].includes("/")) continue;
    const [program] = receiver.command;
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      findings.push(
        failure("alerts", `${receiver.name}: ${program} cannot be run`, `chmod +x ${program}, or correct ${file}`),
      );
    }
  }
  const names = alerts.receivers.map(({ name }) => name).join(", ");
  return findings.length > 0 ? findings : [ok("alerts", `told: ${names}; \`coaudit alert test\` tries them`)];
}
