/** The statements of a case file as a person reads them. */
import { fromBase64, toHex } from "../../core/bytes.ts";
import type { CaseFile } from "../../core/case-file.ts";
import { headTimeMs } from "../../core/head.ts";
import type { Statement } from "../../core/statement.ts";
import { decodeStatement } from "../../core/statement-codec.ts";

export interface Exhibit {
  readonly base64: string;
  readonly kind: Statement["type"] | "damaged";
  /** Of whoever signed it, lower-case hex. */
  readonly key?: string;
  readonly epoch?: number;
  readonly digest?: string;
  /** Of an observation: what was seen. */
  readonly seen?: string;
  readonly timestampMs?: number;
}

/** By epoch, and those who say the same beside each other. */
export function exhibitsOf({ exhibits }: Pick<CaseFile, "exhibits">): Exhibit[] {
  const order = (one: Exhibit, other: Exhibit): number =>
    (one.epoch ?? 0) - (other.epoch ?? 0) || ((one.digest ?? "") < (other.digest ?? "") ? -1 : 1);
  return exhibits.map(exhibitOf).sort(order);
}

function exhibitOf(base64: string): Exhibit {
  try {
    return { base64, ...shown(decodeStatement(fromBase64(base64))) };
  } catch {
    return { base64, kind: "damaged" };
  }
}

function shown(statement: Statement): Omit<Exhibit, "base64"> {
  const { type: kind } = statement;
  switch (statement.type) {
    case "signed-head":
    case "half-head": {
      const { epoch, digest, publicKey } = statement;
      return { kind, key: toHex(publicKey), epoch, digest: toHex(digest), timestampMs: headTimeMs(statement) };
    }
    case "provider-head": {
      const { epoch, digest, publicKey, timestampMs } = statement;
      return { kind, key: toHex(publicKey), epoch, digest: toHex(digest), timestampMs };
    }
    case "observation": {
      const { epoch, publicKey, timestampMs, kind: seen, errorCode } = statement;
      return { kind, key: toHex(publicKey), epoch, seen: `${seen} ${errorCode}`, timestampMs };
    }
    case "key-rotation":
      return { kind, key: toHex(statement.oldPublicKey), timestampMs: statement.timestampMs };
    case "auditor-record":
      return { kind, key: toHex(statement.publicKey), timestampMs: statement.sequence };
    case "evidence":
      return { kind };
  }
}
