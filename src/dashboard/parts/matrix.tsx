/** Auditors by epochs: who signed what, and when. On a phone epochs go down, on a desk they go across. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NamespaceStatus } from "../live/answers.ts";
import { type EpochBook, newestEpoch, shownEpochs } from "../live/epoch-book.ts";
import { useIsNarrow, useNode } from "../live/hooks.ts";
import { type EpochMarks, epochMarks, markOf } from "../live/marks.ts";
import { hrefOf } from "../routing.ts";
import { TEXTS } from "../texts.ts";
import { Legend, MarkCell } from "./mark.tsx";
import { delayText } from "./time.ts";

const TEXT = TEXTS.matrix;

interface MatrixProps {
  readonly one: NamespaceStatus;
  /** Epochs to show. */
  readonly count: number;
  /** Default: all. */
  readonly auditors?: readonly string[];
}

interface Row {
  readonly epoch: number;
  /** Undefined until the node has said who signed it. */
  readonly marks: EpochMarks | undefined;
}

export function Matrix({ one, count, auditors }: MatrixProps) {
  const { books, status } = useNode();
  const isNarrow = useIsNarrow();
  const frame = useRef<HTMLDivElement>(null);
  // The newest epochs are at the right end, which is what a window that is too small for all should show.
  useLayoutEffect(() => {
    if (frame.current !== null && !isNarrow) frame.current.scrollLeft = frame.current.scrollWidth;
  }, [isNarrow, count]);
  if (status === undefined) return null;
  const book: EpochBook = books.get(one.namespace) ?? new Map();
  const newest = Math.max(newestEpoch(one, status.faultBound), 0);
  const rows: Row[] = shownEpochs(newest, count).map((epoch) => {
    const heads = book.get(epoch);
    return { epoch, marks: heads === undefined ? undefined : epochMarks(heads) };
  });
  const names = auditors ?? one.heights.map(({ auditor }) => auditor);
  if (rows.length === 0) return <p class="quiet">{TEXT.nothing}</p>;
  const shown = { namespace: one.namespace, own: status.name, names, rows };
  return (
    <>
      <div class="scroll" ref={frame}>
        {isNarrow ? <Downwards {...shown} /> : <Across {...shown} />}
      </div>
      <Legend isSplit={rows.some(({ marks }) => (marks?.sides.length ?? 0) > 1)} />
    </>
  );
}

interface TableProps {
  readonly namespace: string;
  readonly own: string;
  readonly names: readonly string[];
  /** Newest first. */
  readonly rows: readonly Row[];
}

function Across({ namespace, own, names, rows }: TableProps) {
  const columns = rows.toReversed();
  return (
    <table class="matrix across">
      <caption class="unseen">{TEXT.caption(namespace)}</caption>
      <thead>
        <tr>
          <th scope="col">{TEXT.auditor}</th>
          {columns.map(({ epoch }) => (
            <th key={epoch} scope="col">
              <EpochLink namespace={namespace} epoch={epoch} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">
              <AuditorLink name={name} own={own} />
            </th>
            {columns.map((row) => (
              <Cell key={row.epoch} row={row} name={name} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Downwards({ namespace, own, names, rows }: TableProps) {
  return (
    <table class="matrix downwards">
      <caption class="unseen">{TEXT.caption(namespace)}</caption>
      <thead>
        <tr>
          <th scope="col">{TEXT.epoch}</th>
          {names.map((name) => (
            <th key={name} scope="col">
              <AuditorLink name={name} own={own} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.epoch}>
            <th scope="row">
              <EpochLink namespace={namespace} epoch={row.epoch} />
            </th>
            {names.map((name) => (
              <Cell key={name} row={row} name={name} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ row: { marks }, name }: { readonly row: Row; readonly name: string }) {
  if (marks === undefined) return <td>{TEXT.unread}</td>;
  const mark = markOf(marks, name);
  return (
    <td>
      <MarkCell mark={mark} marks={marks} />
      <small aria-hidden="true">
        {mark.delayMs === undefined ? "" : mark.delayMs === 0 ? TEXT.first : TEXT.delay(delayText(mark.delayMs))}
      </small>
    </td>
  );
}

function EpochLink({ namespace, epoch }: { readonly namespace: string; readonly epoch: number }) {
  return (
    <a href={hrefOf({ page: "epoch", namespace, epoch })} aria-label={TEXTS.titles.epoch(epoch)}>
      {TEXT.epochNumber(epoch)}
    </a>
  );
}

export function AuditorLink({ name, own }: { readonly name: string; readonly own: string }) {
  return (
    <>
      <a href={hrefOf({ page: "auditor", auditor: name })}>{name}</a>
      {name === own && <span class="tag">{TEXTS.thisNode}</span>}
    </>
  );
}
