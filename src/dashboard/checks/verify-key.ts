/**
 * A lookup proof, verified in the visitor's own browser against the digest that auditors signed. Loaded when it is
 * first used.
 */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { isKeyProofError } from "../../akd/keys/key-check.ts";
import { verifyLookupProof } from "../../akd/keys/verify-lookup.ts";
import { fromHex, toHex, utf8 } from "../../core/bytes.ts";
import { TEXTS } from "../texts.ts";
import type { Teller } from "./checker.tsx";
import { checkCertificate, type Where } from "./verify.ts";

const TEXT = TEXTS.check.key;

export interface LookupQuestion extends Where {
  readonly configuration: ConfigurationName;
  readonly label: string;
  /** 64 hexadecimal digits. */
  readonly vrfKey: string;
  readonly proof: Uint8Array;
}

/** Throws what is wrong with the question. */
export async function checkLookup(question: LookupQuestion, policy: string, teller: Teller): Promise<void> {
  const { configuration, epoch, label, proof } = question;
  const vrfKey = fromHex(question.vrfKey.trim().toLowerCase());
  const digest = await checkCertificate(question, policy, teller);
  if (digest === undefined) {
    teller.step({ kind: "look", text: TEXT.unsigned(epoch) });
    return;
  }
  try {
    const request = { configuration, vrfKey, label: utf8(label), epoch, digest: fromHex(digest) };
    const found = verifyLookupProof(request, proof);
    const value = found.isTombstone ? TEXT.tombstone : toHex(found.value);
    teller.step({ kind: "good", text: TEXT.valid(label, found.version, found.epoch) });
    teller.step({ kind: "good", text: TEXT.value(value) });
    teller.step({ kind: "look", text: TEXT.limits });
  } catch (error) {
    if (!isKeyProofError(error)) throw error;
    teller.step({ kind: "bad", text: TEXT.invalid(error.message) });
  }
}
