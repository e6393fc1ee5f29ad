/** One auditor as this node sees it: its keys, how far it is, what it signed, and what is held against it. */
import { formatVkey } from "../../core/checkpoint.ts";
import { epochsPerMinute } from "../live/epoch-book.ts";
import { useIsNarrow, useNode, useNow } from "../live/hooks.ts";
import { Matrix } from "../parts/matrix.tsx";
import { TEXTS } from "../texts.ts";
import { List } from "./cases.tsx";
import { ON_A_DESK } from "./signatures.tsx";

const TEXT = TEXTS.auditor;

export function AuditorPage({ auditor }: { readonly auditor: string }) {
  const { status, cases, witnesses, books } = useNode();
  const now = useNow();
  const count = useIsNarrow() ? 12 : ON_A_DESK;
  const keys = witnesses.filter(({ name }) => name === auditor);
  const peer = status?.peers.roster.find((one) => one.auditor === auditor);
  if (status === undefined) return null;
  if (keys.length === 0 && peer === undefined) return <p class="note look">{TEXT.unknown}</p>;
  const against = cases.filter(
    ({ subject }) => (subject.kind === "auditor" || subject.kind === "dissent") && subject.auditor === auditor,
  );
  return (
    <>
      <p>
        {auditor === status.name ? TEXT.self : peer?.connected === true ? TEXT.connected : TEXT.apart}
        {status.convicted.includes(auditor) && <strong class="bad"> {TEXT.convicted}</strong>}
      </p>
      {status.namespaces.map((one) => {
        const height = one.heights.find((candidate) => candidate.auditor === auditor);
        const speed = epochsPerMinute(books.get(one.namespace) ?? new Map(), auditor);
        return (
          <section key={one.namespace} class="card" aria-label={one.namespace}>
            <h2 class="name">{one.namespace}</h2>
            <p>
              {TEXT.height(height?.epoch ?? 0)} {height?.counts === false && TEXT.doesNotCount}{" "}
              {speed !== undefined && TEXTS.now.signedLately(TEXTS.now.perMinute(speed))}
            </p>
            <Matrix one={one} count={count} auditors={[auditor]} />
          </section>
        );
      })}
      <section class="card">
        <h2>{TEXT.keys}</h2>
        <p>{TEXT.keysLead}</p>
        <ul>
          {keys.map((key) => (
            <li key={key.publicKey}>
              <code>{formatVkey(key)}</code>
            </li>
          ))}
        </ul>
      </section>
      {against.length > 0 && (
        <>
          <h2>{TEXT.cases}</h2>
          <List cases={against} now={now} />
        </>
      )}
    </>
  );
}
