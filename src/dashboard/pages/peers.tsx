/** The auditors of the roster, who of them is connected, and this node's own name and addresses. */
import type { NodeStatus } from "../live/answers.ts";
import { useNode, useNow } from "../live/hooks.ts";
import { AuditorLink } from "../parts/matrix.tsx";
import { durationText } from "../parts/time.ts";
import { LOCALE, TEXTS } from "../texts.ts";

const TEXT = TEXTS.peers;

export function PeersPage() {
  const { status } = useNode();
  const now = useNow();
  if (status === undefined) return null;
  const names = [...new Set(status.namespaces.flatMap(({ heights }) => heights.map(({ auditor }) => auditor)))];
  const { roster, connected } = status.peers;
  const here = roster.filter((one) => one.connected).length;
  return (
    <>
      <p>{TEXT.lead(here, roster.length, Math.max(0, connected - here))}</p>
      <section class="card">
        <h2>{TEXT.roster}</h2>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">{TEXT.columns.auditor}</th>
                <th scope="col">{TEXT.columns.connection}</th>
                {status.namespaces.map(({ namespace }) => (
                  <th key={namespace} scope="col">
                    {status.namespaces.length === 1 ? TEXT.columns.height : namespace}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">
                    <AuditorLink name={name} own={status.name} />
                  </th>
                  <td>
                    <Connection name={name} status={status} />
                  </td>
                  {status.namespaces.map(({ namespace, heights }) => {
                    const height = heights.find(({ auditor }) => auditor === name);
                    return (
                      <td key={namespace}>
                        {height?.epoch ?? 0} {height?.counts === false && TEXTS.auditor.doesNotCount}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="card">
        <h2>{TEXT.self}</h2>
        <dl class="facts">
          <dt>{TEXT.facts.up}</dt>
          <dd>{durationText(now - status.startedAtMs)}</dd>
          <dt>{TEXT.facts.bound}</dt>
          <dd>{TEXT.boundText(status.faultBound)}</dd>
          <dt>{TEXT.facts.vkey}</dt>
          <dd>
            <code>{status.vkey}</code>
          </dd>
          <dt>{TEXT.facts.peerId}</dt>
          <dd>
            <code>{status.peerId}</code>
          </dd>
          <dt>{TEXT.facts.addresses}</dt>
          <dd>
            {status.addresses.map((address) => (
              <code key={address}>{address} </code>
            ))}
          </dd>
        </dl>
      </section>
      <section class="card">
        <h2>{TEXT.messages}</h2>
        <p>{TEXT.messagesLead}</p>
        <dl class="facts">
          {Object.entries(status.statements).flatMap(([outcome, count]) => [
            <dt key={outcome}>{outcome}</dt>,
            <dd key={`${outcome} count`}>{count.toLocaleString(LOCALE)}</dd>,
          ])}
        </dl>
      </section>
    </>
  );
}

function Connection({ name, status }: { readonly name: string; readonly status: NodeStatus }) {
  if (name === status.name) return <>{TEXTS.thisNode}</>;
  const isConnected = status.peers.roster.some(({ auditor, connected }) => auditor === name && connected);
  return (
    <span class={`pill ${isConnected ? "good" : "look"}`}>
      <span class="mark" aria-hidden="true" />
      {isConnected ? TEXT.connected : TEXT.apart}
    </span>
  );
}
