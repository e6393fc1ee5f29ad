/** Which bytes the signatures of each statement cover, and whether they are valid. */
import { concat, utf8 } from "./bytes.ts";
import type { SignatureVerifier } from "./ed25519.ts";
import { verifyHead } from "./head.ts";
import type { AuditorRecord, Evidence, KeyRotation, Observation, Statement, Unsigned } from "./statement.ts";
import { encodeStatementBody } from "./statement-codec.ts";

const EMPTY = new Uint8Array();

/** `coaudit/observation/v1\0` and the statement's body without the signature. */
export function observationMessage(observation: Unsigned<Observation>): Uint8Array {
  return tagged("observation", encodeStatementBody({ ...observation, signature: EMPTY }));
}

/**
 * `coaudit/auditor-record/v1\0` and the body without both signatures: the auditor key and the peer key sign the same
 * bytes.
 */
export function auditorRecordMessage(record: Unsigned<AuditorRecord>): Uint8Array {
  return tagged("auditor-record", encodeStatementBody({ ...record, signature: EMPTY, peerSignature: EMPTY }));
}

/** `coaudit/key-rotation/v1\0` and the body without both signatures. */
export function keyRotationMessage(rotation: Unsigned<KeyRotation>): Uint8Array {
  return tagged("key-rotation", encodeStatementBody({ ...rotation, oldSignature: EMPTY, newSignature: EMPTY }));
}

/** True when every signature on the statement is valid; evidence has none of its own. */
export async function verifyStatement(
  statement: Exclude<Statement, Evidence>,
  modules: { verifier: SignatureVerifier },
): Promise<boolean> {
  const { verifier } = modules;
  switch (statement.type) {
    case "signed-head":
    case "half-head":
    case "provider-head":
      return verifyHead(statement, modules);
    case "observation":
      return verifier.verify(statement.publicKey, observationMessage(statement), statement.signature);
    case "auditor-record": {
      const message = auditorRecordMessage(statement);
      return (
        (await verifier.verify(statement.publicKey, message, statement.signature)) &&
        (await verifier.verify(statement.peerPublicKey, message, statement.peerSignature))
      );
    }
    case "key-rotation": {
      const message = keyRotationMessage(statement);
      return (
        (await verifier.verify(statement.oldPublicKey, message, statement.oldSignature)) &&
        (await verifier.verify(statement.newPublicKey, message, statement.newSignature))
      );
    }
  }
}

function tagged(type: string, body: Uint8Array): Uint8Array {
  return concat(utf8(`coaudit/${type}/v1\0`), body);
}
