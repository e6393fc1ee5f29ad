/** The operator's token: whoever can read the data folder of a running node may act on it. */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "../core/bytes.ts";
import type { Random } from "../core/clock.ts";
import { CoauditError, errorMessage } from "../core/errors.ts";
import { replaceFile } from "../platform/replace-file.ts";

export function operatorTokenFile(dataFolder: string): string {
  return join(dataFolder, "admin.token");
}

/**
 * Makes a new token (32 random bytes, hex, mode 0600) for this run of the node: one that leaked into a backup or a
 * shell's history ends with the run. Throws OPERATOR_TOKEN_UNREADABLE.
 */
export async function writeOperatorToken(dataFolder: string, modules: { random: Random }): Promise<string> {
  const token = toHex(modules.random.bytes(32));
  const file = operatorTokenFile(dataFolder);
  try {
    await replaceFile(file, `${token}\n`, { mode: 0o600, links: "replace" });
  } catch (cause) {
    throw new CoauditError("OPERATOR_TOKEN_UNREADABLE", errorMessage(cause), { file }, { cause });
  }
  return token;
}

/** Throws OPERATOR_TOKEN_UNREADABLE. */
export async function readOperatorToken(dataFolder: string): Promise<string> {
  const file = operatorTokenFile(dataFolder);
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw unreadable(file, `${errorMessage(cause)}; \`coaudit run\` writes it, for its own user only`, cause);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw unreadable(file, "it does not hold 64 hexadecimal digits");
  return text;
}

/** Compares in constant time; hashing first makes the lengths equal. */
export function isSameToken(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function unreadable(file: string, reason: string, cause?: unknown): CoauditError<"OPERATOR_TOKEN_UNREADABLE"> {
  return new CoauditError("OPERATOR_TOKEN_UNREADABLE", `${file}: ${reason}`, { file }, { cause });
}
