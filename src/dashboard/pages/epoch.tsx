/** One epoch: every head of it that the node holds, and the certificate made of them. */
import { fromBase64 } from "../../core/bytes.ts";
import type { NamespaceStatus, QuorumAnswer, SentHead } from "../live/answers.ts";
import { headsPath, quorumPath } from "../live/ask.ts";
import { newestEpoch } from "../live/epoch-book.ts";
import { useAnswer, useNode } from "../live/hooks.ts";
import { epochMarks, markOf, sideName } from "../live/marks.ts";
import { Digest } from "../parts/digest.tsx";
import { Download, jsonText } from "../parts/download.tsx";
import { MarkCell } from "../parts/mark.tsx";
import { AuditorLink } from "../parts/matrix.tsx";
import { clockText, durationText, timeText } from "../parts/time.ts";
import { hrefOf } from "../routing.ts";
import { TEXTS } from "../texts.ts";

const TEXT = TEXTS.epoch;

interface EpochProps {
  readonly namespace: string;
  readonly epoch: number;
}

export function EpochPage({ namespace, epoch }: EpochProps) {
  const { status, books, cases } = useNode();
  const one = status?.namespaces.find((candidate) => candidate.namespace === namespace);
  if (status === undefined || one === undefined) return <p class="note look">{TEXT.unknownNamespace(namespace)}</p>;
  // More heads, or a case: a conviction ends what was accepted, and adds no head here.
  const heads = books.get(namespace)?.get(epoch)?.length ?? 0;
  const version = [heads, ...cases.map(({ id, state, changedAtMs }) => `${id} ${state} ${changedAtMs}`)].join("\n");
  const newest = newestEpoch(one, status.faultBound);
  return (
    <>
      <p class="name">{namespace}</p>
      <nav class="beside" aria-label={TEXT.beside}>
        {epoch > 1 && (
          <a href={hrefOf({ page: "epoch", namespace, epoch: epoch - 1 })}>← {TEXTS.titles.epoch(epoch - 1)}</a>
        )}
        {epoch < newest && (
          <a href={hrefOf({ page: "epoch", namespace, epoch: epoch + 1 })}>{TEXTS.titles.epoch(epoch + 1)} →</a>
        )}
      </nav>
      <Quorum key={`quorum ${epoch}`} namespace={namespace} epoch={epoch} version={version} />
      <Heads key={`heads ${epoch}`} one={one} epoch={epoch} version={version} />
    </>
  );
}

function Quorum({ namespace, epoch, version }: EpochProps & { readonly version: string }) {
  const asked = useAnswer<QuorumAnswer>(quorumPath(namespace, epoch), version);
  if (asked.kind === "asking") return <p>{TEXTS.loading}</p>;
  if (asked.kind === "failed") return <p class="note look">{asked.reason}</p>;
  if (asked.kind === "unknown") return <p class="note look">{TEXT.nothing}</p>;
  const { result, explanation, certificate } = asked.answer;
  const kind = result === "satisfied" ? "good" : result === "conflict" ? "bad" : "look";
  return (
    <section class={`verdict ${kind}`}>
      <h2>
        <span class="mark" aria-hidden="true" />
        {TEXT.results[result]}
      </h2>
      <p>{explanation}</p>
      <p>
        {TEXT.digest} <code class="digest">{certificate.digest}</code>
      </p>
      <p>
        <Download name={`${namespace}-${epoch}.coaudit`} content={jsonText(certificate)}>
          {TEXT.certificate}
        </Download>{" "}
        · <a href={hrefOf({ page: "check", namespace, epoch })}>{TEXTS.pages.check}</a>
      </p>
    </section>
  );
}

function Heads({
  one,
  epoch,
  version,
}: {
  readonly one: NamespaceStatus;
  readonly epoch: number;
  readonly version: string;
}) {
  const { status } = useNode();
  const asked = useAnswer<{ readonly heads: readonly SentHead[] }>(headsPath(one.namespace, epoch), version);
  if (asked.kind !== "answered") return null;
  const { heads } = asked.answer;
  const marks = epochMarks(heads);
  const silent = one.heights.filter(({ auditor, counts }) => counts !== false && !marks.byAuditor.has(auditor));
  return (
    <section class="card">
      <h2>{TEXT.heads}</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">{TEXT.columns.auditor}</th>
              <th scope="col">{TEXT.columns.mark}</th>
              <th scope="col">{TEXT.columns.digest}</th>
              <th scope="col">{TEXT.columns.time}</th>
              <th scope="col">{TEXT.columns.delay}</th>
              <th scope="col">{TEXT.columns.raw}</th>
            </tr>
          </thead>
          <tbody>
            {heads.map(({ auditor, digest, timestampMs, statement }) => {
              const mark = markOf(marks, auditor);
              return (
                <tr key={`${auditor} ${digest}`}>
                  <th scope="row">
                    <AuditorLink name={auditor} own={status?.name ?? ""} />
                  </th>
                  <td>
                    <MarkCell mark={mark} marks={marks} />
                  </td>
                  <td>
                    {marks.sides.length > 1 && <b>{sideName(marks.sides.indexOf(digest))} </b>}
                    <Digest hex={digest} />
                  </td>
                  <td title={timeText(timestampMs)}>{clockText(timestampMs)}</td>
                  <td>{mark.delayMs === undefined ? "" : durationText(mark.delayMs)}</td>
                  <td>
                    <Download
                      name={`${auditor}-${epoch}.bin`}
                      content={fromBase64(statement) as Uint8Array<ArrayBuffer>}
                      label={TEXT.rawLabel(auditor)}
                    >
                      {TEXT.raw}
                    </Download>
                  </td>
                </tr>
              );
            })}
            {silent.map(({ auditor }) => (
              <tr key={auditor}>
                <th scope="row">
                  <AuditorLink name={auditor} own={status?.name ?? ""} />
                </th>
                <td>
                  <MarkCell mark={markOf(marks, auditor)} marks={marks} />
                </td>
                <td colSpan={4}>{TEXT.silent}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
