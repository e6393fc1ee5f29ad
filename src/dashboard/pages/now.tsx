/** What the node does now, at a glance. */

import type { NamespaceStatus, NodeStatus } from "../live/answers.ts";
import { type EpochBook, epochsPerMinute, nextEpochMs, reachedBy } from "../live/epoch-book.ts";
import { useIsNarrow, useNode, useNow } from "../live/hooks.ts";
import { Matrix } from "../parts/matrix.tsx";
import { agoText, durationText } from "../parts/time.ts";
import { hrefOf } from "../routing.ts";
import { TEXTS } from "../texts.ts";

const TEXT = TEXTS.now;

export function NowPage() {
  const { status } = useNode();
  if (status === undefined) return null;
  return (
    <>
      <Verdict status={status} />
      {status.namespaces.map((one) => (
        <NamespaceCard key={one.namespace} one={one} />
      ))}
    </>
  );
}

function Verdict({ status }: { readonly status: NodeStatus }) {
  const { convictions, convicted, boundBroken, warnings, reasons } = status;
  const isAlarm = convictions.length > 0 || convicted.length > 0 || boundBroken;
  const looks = [...reasons, ...warnings];
  const kind = isAlarm ? "bad" : looks.length > 0 ? "look" : "good";
  const heading = { bad: TEXT.verdictAlarm, look: TEXT.verdictLook, good: TEXT.verdictWell }[kind];
  return (
    <section class={`verdict ${kind}`} aria-label={heading}>
      <h2>
        <span class="mark" aria-hidden="true" />
        {heading}
      </h2>
      {kind === "good" && <p>{TEXT.verdictWellText}</p>}
      {boundBroken && <p>{TEXT.boundBroken}</p>}
      {convicted.length > 0 && <p>{TEXT.auditors(convicted)}</p>}
      {convictions.map((one) => (
        <p key={one.case}>
          {TEXT.provider(one.namespace, one.epoch)} <a href={hrefOf({ page: "case", id: one.case })}>{TEXT.seeCase}</a>
        </p>
      ))}
      {!isAlarm && looks.length > 0 && (
        <ul>
          {looks.map((look) => (
            <li key={look}>{look}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function NamespaceCard({ one }: { readonly one: NamespaceStatus }) {
  const { books, quorums, status } = useNode();
  const now = useNow();
  const isNarrow = useIsNarrow();
  const { namespace, lastSigned, lastVerified, latestListed } = one;
  const book: EpochBook = books.get(namespace) ?? new Map();
  const quorum = quorums.get(namespace);
  const own = lastSigned?.epoch ?? 0;
  const reached = quorum === undefined ? 0 : Math.max(quorum.epoch, reachedBy(one, quorum.min));
  const rate = status === undefined ? undefined : epochsPerMinute(book, status.name);
  return (
    <section class="card" aria-label={namespace}>
      <div class="card-head">
        <h2 class="name">{namespace}</h2>
        <State one={one} />
      </div>
      <Reason one={one} />
      <dl class="figures">
        <div>
          <dt>{TEXT.epoch}</dt>
          <dd>
            <b data-figure="signed">{lastSigned === undefined ? TEXT.epochNone : lastSigned.epoch}</b>
            <span>{lastSigned !== undefined && TEXT.signedAt(agoText(now - lastSigned.timestampMs))}</span>
          </dd>
        </div>
        <div>
          <dt>{TEXT.listed}</dt>
          <dd>
            <b data-figure="listed">{latestListed ?? TEXT.unlisted}</b>
            <span>
              {latestListed !== undefined &&
                TEXT.behindProvider(Math.max(0, latestListed - (lastVerified?.epoch ?? 0)))}
            </span>
          </dd>
        </div>
        <div>
          <dt>{TEXT.quorum}</dt>
          <dd>
            <b data-figure="quorum">{quorum?.epoch ?? TEXT.unlisted}</b>
            {quorum !== undefined && (
              <span>
                {TEXT.quorumResults[quorum.result]}: {TEXT.signers(quorum.signers, quorum.min)};{" "}
                {TEXT.behindQuorum(Math.max(0, reached - own))}
              </span>
            )}
          </dd>
        </div>
        <Next book={book} now={now} isEnded={one.state === "ended"} />
        <Throughput one={one} rate={rate} />
      </dl>
      <h3>{TEXT.recent}</h3>
      <Matrix one={one} count={isNarrow ? 6 : 12} />
      <p class="quiet">
        <a href={hrefOf({ page: "signatures" })}>{TEXT.allSignatures}</a>
      </p>
    </section>
  );
}

function Next({ book, now, isEnded }: { readonly book: EpochBook; readonly now: number; readonly isEnded: boolean }) {
  const next = nextEpochMs(book);
  if (isEnded) return <Figure name={TEXT.next} value={TEXT.nextEnded} hint={TEXT.nextEndedHint} />;
  if (next === undefined) return <Figure name={TEXT.next} value={TEXT.nextUnknown} hint={TEXT.nextUnknownHint} />;
  const leftMs = next.atMs - now;
  const value = leftMs > 0 ? TEXTS.in(wholeSeconds(leftMs + 999)) : TEXT.overdue(wholeSeconds(-leftMs));
  return <Figure name={TEXT.next} value={value} hint={TEXT.nextEvery(durationText(next.intervalMs))} />;
}

function Throughput({ one, rate }: { readonly one: NamespaceStatus; readonly rate: number | undefined }) {
  const { proofs = 0, bytes = 0, elapsedMs = 0 } = one.verified ?? {};
  if (proofs === 0) return null;
  const value = `${TEXTS.bytes((bytes * 1_000) / Math.max(1, elapsedMs))}/s`;
  const mean = TEXT.verified(proofs, TEXTS.bytes(bytes / proofs), durationText(elapsedMs / proofs));
  return (
    <Figure
      name={TEXT.throughput}
      value={value}
      hint={rate === undefined ? mean : `${mean}; ${TEXT.perMinute(rate)}`}
    />
  );
}

function Figure({ name, value, hint }: { readonly name: string; readonly value: string; readonly hint: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        <span>{hint}</span>
      </dd>
    </div>
  );
}

function wholeSeconds(ms: number): string {
  return durationText(Math.floor(ms / 1_000) * 1_000);
}

function State({ one }: { readonly one: NamespaceStatus }) {
  const state = shownState(one);
  const isWell = state === "auditing";
  return (
    <span class={`pill ${isWell ? "good" : state === "halted" ? "bad" : "look"}`} title={TEXTS.stateHints[state]}>
      <span class="mark" aria-hidden="true" />
      {TEXTS.states[state]}
    </span>
  );
}

/** Why it is not simply auditing, for whoever has to do something about it. */
function Reason({ one }: { readonly one: NamespaceStatus }) {
  const state = shownState(one);
  if (state === "auditing") return null;
  const { halt, behind, unguarded, guard, unsigned } = one;
  const reasons = TEXTS.stateReasons;
  return (
    <p>
      {TEXTS.stateHints[state]} {halt !== undefined && reasons.halted(halt.reason)}{" "}
      {behind !== undefined && reasons.behind(behind.reason, behind.code)}{" "}
      {state === "unsigned" && unguarded && reasons.unguarded(guard.missing)}{" "}
      {state === "unsigned" && unsigned?.kind === "mark" && reasons.mark}
    </p>
  );
}

function shownState({ state, behind, unguarded, unsigned }: NamespaceStatus): keyof typeof TEXTS.states {
  if (state !== "auditing") return state;
  if (behind !== undefined) return "behind";
  return unguarded || unsigned !== undefined ? "unsigned" : "auditing";
}
