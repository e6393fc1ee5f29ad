/** Copies a body into the quarantine while it is read. */
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { BodyCopy } from "./body-copy.ts";
import type { Quarantine, QuarantineDraft, SuspectBody } from "./quarantine.ts";

export function beginSuspectCopy(
  suspect: SuspectBody,
  { quarantine, log }: { readonly quarantine: Quarantine; readonly log: Logger },
): Promise<BodyCopy<QuarantineDraft>> {
  const { namespace, blobName } = suspect;
  const warn = (message: string): void => log.warn({ namespace, blobName }, message);
  return BodyCopy.begin(
    async () => {
      const draft = await quarantine.begin(suspect);
      if (draft === undefined) warn("the quarantine is full: move its files away so that further bodies can be kept");
      return draft;
    },
    (error) => warn(`a body could not be kept in the quarantine: ${errorMessage(error)}`),
  );
}
