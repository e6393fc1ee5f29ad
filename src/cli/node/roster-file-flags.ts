/** Which roster a command means: that of a node, or a file by itself. */
import { dirname, resolve } from "node:path";
import Type from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { checkNamespace } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import { loadConfig, type NodeConfig } from "../../node/config/config.ts";
import { loadRosterFile, type RosterFile } from "../../node/config/roster-file.ts";
import { readYamlFile } from "../../platform/yaml/yaml-file.ts";
import { shellText } from "../text.ts";

export interface RosterFileFlags {
  readonly config?: string;
  readonly roster?: string;
}

/** A roster file, and the node that uses it if it is one's own. */
export interface NamedRoster {
  readonly file: string;
  readonly read: RosterFile;
  readonly config?: NodeConfig;
}

/** Throws USAGE, CONFIG_UNREADABLE, CONFIG_INVALID. */
export async function namedRoster({ config: configFile, roster }: RosterFileFlags): Promise<NamedRoster> {
  if ((configFile === undefined) === (roster === undefined)) {
    throw new CoauditError("USAGE", "name the roster: --config FILE of the node that uses it, or --roster FILE", {
      option: "--config",
    });
  }
  if (configFile === undefined) return { file: roster ?? "", read: await loadRosterFile(roster ?? "") };
  const config = await loadConfig(configFile);
  const written = await readYamlFile(configFile, Type.Object({ roster: Type.String() }));
  return { file: resolve(dirname(resolve(configFile)), written.roster), read: config.roster, config };
}

export function reloadText({ config }: NamedRoster): string[] {
  return config === undefined
    ? []
    : [`A running node takes it over with: coaudit reload --config ${shellText(config.file)}`];
}

/** `NAMESPACE=EPOCH`. Throws USAGE, NAME_INVALID, NUMBER_OUT_OF_RANGE. */
export function epochsOf(words: readonly string[], option: string): Map<string, number> {
  return new Map(
    words.map((word) => {
      const split = word.lastIndexOf("=");
      if (split < 0) throw usage(option, `expected NAMESPACE=EPOCH, found ${JSON.stringify(word)}`);
      return [checkNamespace(word.slice(0, split)), parseNumber(word.slice(split + 1), option, 0)];
    }),
  );
}

export function usage(option: string, message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `${option}: ${message}`, { option });
}
