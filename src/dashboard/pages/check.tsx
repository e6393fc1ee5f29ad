/** "Check it yourself": what the visitor's own browser verifies of what this node says. */
import { useState } from "preact/hooks";
import type { ConfigurationName } from "../../akd/configuration.ts";
import { PolicyForm, useBelieved } from "../checks/believed.tsx";
import { Checker } from "../checks/checker.tsx";
import { LookupForm } from "../checks/lookup-form.tsx";
import type { NamespaceStatus } from "../live/answers.ts";
import { newestEpoch } from "../live/epoch-book.ts";
import { useNode } from "../live/hooks.ts";
import { TEXTS } from "../texts.ts";

const TEXT = TEXTS.check;

export function CheckPage({ namespace, epoch }: { readonly namespace?: string; readonly epoch?: number }) {
  const { status, cases, quorums } = useNode();
  const { text } = useBelieved();
  const [chosen, setChosen] = useState<{ readonly namespace?: string; readonly epoch?: string }>({});
  if (status === undefined) return null;
  const name = chosen.namespace ?? namespace;
  const one = status.namespaces.find((candidate) => candidate.namespace === name) ?? status.namespaces[0];
  if (one === undefined) return <p class="note look">{TEXT.nothing}</p>;
  const newest = quorums.get(one.namespace)?.epoch ?? newestEpoch(one, status.faultBound);
  const typed = chosen.epoch ?? String(epoch ?? newest);
  const where = { namespace: one.namespace, epoch: Number(typed) };
  const isReady = /^[1-9]\d{0,15}$/.test(typed) && Number.isSafeInteger(where.epoch) && text !== "";
  return (
    <>
      <p class="note look">
        <span>{TEXT.caveat(status.name)}</span>
      </p>
      <section class="card">
        <h2>{TEXT.what}</h2>
        <div class="fields">
          <label>
            {TEXT.namespace}
            <select
              value={one.namespace}
              onChange={({ currentTarget }) => setChosen({ namespace: currentTarget.value })}
            >
              {status.namespaces.map((candidate) => (
                <option key={candidate.namespace}>{candidate.namespace}</option>
              ))}
            </select>
          </label>
          <label>
            {TEXT.epoch}
            <input
              inputMode="numeric"
              value={typed}
              onInput={({ currentTarget }) => setChosen({ ...chosen, epoch: currentTarget.value })}
            />
          </label>
        </div>
      </section>
      <PolicyForm />
      <section class="card" aria-label={TEXT.certificate.title}>
        <h2>{TEXT.certificate.title}</h2>
        <p>{TEXT.certificate.lead}</p>
        <Checker
          button={TEXT.certificate.button}
          isReady={isReady}
          check={async (teller) => {
            const { checkCertificate } = await import("../checks/verify.ts");
            await checkCertificate(where, text, teller);
          }}
        />
      </section>
      <section class="card" aria-label={TEXT.case.titleAll}>
        <h2>{TEXT.case.titleAll}</h2>
        <p>{TEXT.case.lead}</p>
        <Checker
          button={TEXT.case.buttonAll}
          isReady={text !== ""}
          check={async (teller) => {
            const { checkCases } = await import("../checks/verify.ts");
            await checkCases(cases, text, teller);
          }}
        />
      </section>
      <section class="card" aria-label={TEXT.proof.title}>
        <h2>{TEXT.proof.title}</h2>
        <p>{TEXT.proof.lead}</p>
        <Checker
          button={TEXT.proof.button}
          isReady={isReady}
          check={async (teller) => {
            const { checkProof } = await import("../checks/verify-proof.ts");
            await checkProof({ ...where, configuration: configurationOf(one) }, text, teller);
          }}
        />
      </section>
      <LookupForm where={where} configuration={configurationOf(one)} isReady={isReady} />
      <Elsewhere one={one} epoch={typed} />
    </>
  );
}

function Elsewhere({ one, epoch }: { readonly one: NamespaceStatus; readonly epoch: string }) {
  const { status } = useNode();
  const others = status?.peers.roster.map(({ auditor }) => auditor) ?? [];
  return (
    <section class="card">
      <h2>{TEXT.elsewhere.title}</h2>
      <p>{TEXT.elsewhere.lead}</p>
      <pre>{TEXT.elsewhere.commands(location.origin, one.namespace, epoch)}</pre>
      {others.length > 0 && <p>{TEXT.elsewhere.others(others)}</p>}
      {one.logDirectory !== undefined && (
        <p>
          {TEXT.elsewhere.log} <code>{one.logDirectory}</code>
        </p>
      )}
    </section>
  );
}

/** The node audits no other. */
function configurationOf({ configuration }: NamespaceStatus): ConfigurationName {
  return configuration === "experimental" ? configuration : "whatsapp_v1";
}
