/** One case: what it means, who said what, and everything that is needed to check it elsewhere. */
import { useMemo } from "preact/hooks";
import { fromBase64 } from "../../core/bytes.ts";
import type { CaseFile } from "../../core/case-file.ts";
import { CheckCase } from "../checks/check-case.tsx";
import type { CaseView } from "../live/answers.ts";
import { type Exhibit, exhibitsOf } from "../live/exhibits.ts";
import { useAnswer, useNode, useNow } from "../live/hooks.ts";
import { nameOf } from "../live/witnesses.ts";
import { Digest } from "../parts/digest.tsx";
import { Download, jsonText } from "../parts/download.tsx";
import { agoText, timeText } from "../parts/time.ts";
import { hrefOf } from "../routing.ts";
import { TEXTS } from "../texts.ts";
import { CasePill } from "./cases.tsx";

const TEXT = TEXTS.cases;

export function CasePage({ id }: { readonly id: string }) {
  const { cases } = useNode();
  const changed = cases.find((one) => one.id === id)?.changedAtMs;
  const asked = useAnswer<{ readonly case: CaseView; readonly file: CaseFile }>(
    `/v1/evidence/${encodeURIComponent(id)}`,
    changed,
  );
  if (asked.kind === "asking") return <p>{TEXTS.loading}</p>;
  if (asked.kind === "failed") return <p class="note look">{asked.reason}</p>;
  if (asked.kind === "unknown") return <p class="note look">{TEXT.unknown}</p>;
  return <Found view={asked.answer.case} file={asked.answer.file} />;
}

function Found({ view, file }: { readonly view: CaseView; readonly file: CaseFile }) {
  const now = useNow();
  const text = useMemo(() => jsonText(file), [file]);
  const { subject } = view;
  return (
    <>
      <section class="card">
        <div class="card-head">
          <h2>{TEXT.titles[view.class]}</h2>
          <CasePill one={view} />
        </div>
        <p class="name">{TEXTS.caseSubject(subject)}</p>
        <p>{TEXTS.caseClass(view.class)}</p>
        <p>
          <b>{TEXT.convictsLabel}</b> {TEXTS.caseConvicts(view.convicts)}.
        </p>
        <p>{TEXT.advice[view.class]}</p>
        {"epoch" in subject && (
          <p>
            <a href={hrefOf({ page: "epoch", namespace: subject.namespace, epoch: subject.epoch })}>
              {TEXT.seeEpoch(subject.epoch)}
            </a>
          </p>
        )}
        <p class="quiet">
          {TEXT.openedAt(agoText(now - view.openedAtMs))} ({timeText(view.openedAtMs)}) ·{" "}
          {view.acknowledged === undefined ? TEXT.unseen : TEXT.seen}
        </p>
      </section>
      <CheckCase file={file} />
      <section class="card">
        <h2>{TEXT.statements}</h2>
        <p>{TEXT.statementsLead}</p>
        <Statements exhibits={exhibitsOf(file)} />
        <p>
          <Download name={`${view.id.slice(0, 16)}.case.json`} content={text}>
            {TEXT.download}
          </Download>
        </p>
        <p class="quiet">{TEXT.offline}</p>
        <pre>{TEXT.command(view.id.slice(0, 16))}</pre>
      </section>
    </>
  );
}

function Statements({ exhibits }: { readonly exhibits: readonly Exhibit[] }) {
  const { witnesses } = useNode();
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">{TEXT.columns.who}</th>
            <th scope="col">{TEXT.columns.what}</th>
            <th scope="col">{TEXT.columns.digest}</th>
            <th scope="col">{TEXT.columns.when}</th>
            <th scope="col">{TEXT.columns.raw}</th>
          </tr>
        </thead>
        <tbody>
          {exhibits.map((one, index) => (
            <tr key={one.base64}>
              <td>{nameOf(one.key, witnesses) ?? (one.kind === "provider-head" ? TEXT.provider : TEXT.stranger)}</td>
              <td>{TEXT.kinds[one.kind](one.epoch ?? 0)}</td>
              <td>{one.digest === undefined ? one.seen : <Digest hex={one.digest} />}</td>
              <td>{one.timestampMs === undefined ? "" : timeText(one.timestampMs)}</td>
              <td>
                <Download
                  name={`statement-${index + 1}.bin`}
                  content={fromBase64(one.base64) as Uint8Array<ArrayBuffer>}
                  label={TEXT.rawLabel(index + 1)}
                >
                  {TEXT.raw}
                </Download>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
