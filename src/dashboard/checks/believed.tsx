/** Whom the visitor believes: a policy that begins as the node's own roster and may be replaced. */
import { createContext } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";
import { parsePolicy } from "../../core/policy.ts";
import { defaultQuorum } from "../../core/roster.ts";
import { useNode } from "../live/hooks.ts";
import { policyText } from "../live/witnesses.ts";
import { TEXTS } from "../texts.ts";

const TEXT = TEXTS.check.policy;

interface Choice {
  /** Undefined: what the node's own roster amounts to. */
  readonly own: string | undefined;
  replace(text: string | undefined): void;
}

export const BelievedContext = createContext<Choice>({ own: undefined, replace() {} });

/** `text` is empty until the node has named its roster. */
export function useBelieved(): Choice & { readonly text: string } {
  const { own, replace } = useContext(BelievedContext);
  const { status, witnesses } = useNode();
  const min = defaultQuorum(new Set(witnesses.map(({ name }) => name)).size, status?.faultBound);
  const text = useMemo(
    () => own ?? (status === undefined || witnesses.length === 0 ? "" : policyText(witnesses, status, min)),
    [own, status, witnesses, min],
  );
  return { text, own, replace };
}

export function PolicyForm() {
  const { text, own, replace } = useBelieved();
  const [draft, setDraft] = useState<string>();
  const shown = draft ?? text;
  const wrong = complaintAbout(shown);
  const use = (chosen: string | undefined): void => {
    replace(chosen);
    setDraft(undefined);
  };
  return (
    <section class="card">
      <h2>{TEXT.title}</h2>
      <p>{own === undefined ? TEXT.nodes : TEXT.yours}</p>
      {text === "" ? <p>{TEXTS.loading}</p> : null}
      <details hidden={text === ""}>
        <summary>{TEXT.open}</summary>
        <label>
          {TEXT.label}
          <textarea
            rows={8}
            spellcheck={false}
            value={shown}
            aria-invalid={wrong !== undefined}
            onInput={({ currentTarget }) => setDraft(currentTarget.value)}
          />
        </label>
        {wrong !== undefined && <p class="note look">{wrong}</p>}
        <div class="buttons">
          <button type="button" disabled={draft === undefined || wrong !== undefined} onClick={() => use(shown)}>
            {TEXT.use}
          </button>
          <button type="button" disabled={own === undefined && draft === undefined} onClick={() => use(undefined)}>
            {TEXT.reset}
          </button>
        </div>
      </details>
    </section>
  );
}

function complaintAbout(text: string): string | undefined {
  try {
    parsePolicy(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
