/** What auditors hold against each other and the provider. */
import type { CaseView } from "../live/answers.ts";
import { useNode, useNow } from "../live/hooks.ts";
import { agoText } from "../parts/time.ts";
import { hrefOf } from "../routing.ts";
import { TEXTS } from "../texts.ts";

const TEXT = TEXTS.cases;

export function CasesPage() {
  const { cases } = useNode();
  const now = useNow();
  const open = cases.filter(({ state }) => state === "open");
  const closed = cases.filter(({ state }) => state !== "open");
  return (
    <>
      <p>{TEXT.lead}</p>
      {open.length === 0 && <p class="note good">{TEXT.none}</p>}
      <List cases={open} now={now} />
      {closed.length > 0 && (
        <>
          <h2>{TEXT.closed}</h2>
          <List cases={closed} now={now} />
        </>
      )}
    </>
  );
}

export function List({ cases, now }: { readonly cases: readonly CaseView[]; readonly now: number }) {
  return (
    <ul class="plain-list">
      {cases.map((one) => (
        <li key={one.id} class="card">
          <div class="card-head">
            <h3>
              <a href={hrefOf({ page: "case", id: one.id })}>{TEXT.titles[one.class]}</a>
            </h3>
            <CasePill one={one} />
          </div>
          <p class="name">{TEXTS.caseSubject(one.subject)}</p>
          <p>{TEXTS.caseClass(one.class)}</p>
          <p class="quiet">
            {TEXT.openedAt(agoText(now - one.openedAtMs))} · {TEXT.exhibits(one.exhibits)}
          </p>
        </li>
      ))}
    </ul>
  );
}

export function CasePill({ one }: { readonly one: CaseView }) {
  const convicts = one.state === "open" && one.convicts !== "nobody";
  const kind = one.state !== "open" ? "plain" : convicts ? "bad" : "look";
  const words =
    one.state !== "open" ? TEXT.states[one.state] : convicts ? TEXT.convictsShort(one.convicts) : TEXT.noProof;
  return (
    <span class={`pill ${kind}`}>
      <span class="mark" aria-hidden="true" />
      {words}
    </span>
  );
}
