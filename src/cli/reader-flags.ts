/** Who reads: the roster, the fault bound and the origins are always the reader's own, never the node's. */
import { CoauditError } from "../core/errors.ts";
import type { Reader } from "../core/evidence.ts";
import { checkNamespace, checkOrigin } from "../core/names.ts";
import { parseNumber } from "../core/numbers.ts";
import { defaultFaultBound } from "../core/roster.ts";
import { loadRosterFile } from "../node/roster-file.ts";

export interface ReaderFlags {
  readonly roster: string;
  readonly faultBound?: string;
  readonly origin?: readonly string[];
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID, USAGE, NUMBER_OUT_OF_RANGE, NAME_INVALID. */
export async function readerOf(flags: ReaderFlags): Promise<Reader> {
  const { roster, origins, providerKeys } = await loadRosterFile(flags.roster);
  const faultBound =
    flags.faultBound === undefined
      ? defaultFaultBound(roster.size)
      : parseNumber(flags.faultBound, "--fault-bound", 0, 255);
  const given = (flags.origin ?? []).map((text) => {
    const [namespace = "", ...rest] = text.split("=");
    if (rest.length === 0) {
      const message = `--origin: "${text}" is not NAMESPACE=ORIGIN, such as whatsapp.key-transparency.v1=whatsapp.kt/v2`;
      throw new CoauditError("USAGE", message, { option: "--origin" });
    }
    return [checkNamespace(namespace), checkOrigin(rest.join("="))] as const;
  });
  return { roster, faultBound, origins: new Map([...origins, ...given]), providerKeys };
}
