/** What all pages have around them, and which of them is shown. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { BelievedContext } from "./checks/believed.tsx";
import { useNode, useRoute } from "./live/hooks.ts";
import { AuditorPage } from "./pages/auditor.tsx";
import { CasePage } from "./pages/case.tsx";
import { CasesPage } from "./pages/cases.tsx";
import { CheckPage } from "./pages/check.tsx";
import { EpochPage } from "./pages/epoch.tsx";
import { NowPage } from "./pages/now.tsx";
import { PeersPage } from "./pages/peers.tsx";
import { SignaturesPage } from "./pages/signatures.tsx";
import { hrefOf, type Route } from "./routing.ts";
import { TEXTS } from "./texts.ts";

const MENU = ["now", "signatures", "cases", "peers", "check"] as const;

export function App() {
  const route = useRoute();
  const { status, line } = useNode();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const title = titleOf(route);
  const open = status?.cases.open ?? 0;
  const [own, replace] = useState<string>();
  const believed = useMemo(() => ({ own, replace }), [own]);
  useEffect(() => {
    document.title = [title, status?.name, TEXTS.product].filter((part) => part !== undefined).join(" · ");
  }, [title, status?.name]);
  const address = hrefOf(route);
  useEffect(() => {
    // Whoever follows a link by keyboard or hears the page goes on at its beginning.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [address]);
  return (
    <BelievedContext.Provider value={believed}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {TEXTS.skip}
      </button>
      <header class="top">
        <a class="brand" href={hrefOf({ page: "now" })}>
          <Logo />
          <span>
            <strong>{status?.name ?? TEXTS.product}</strong>
            <small>{TEXTS.product}</small>
          </span>
        </a>
        <nav aria-label={TEXTS.menu}>
          {MENU.map((page) => (
            <a key={page} href={hrefOf({ page })} aria-current={isIn(route, page) ? "page" : undefined}>
              {TEXTS.pages[page]}
              {page === "cases" && open > 0 && <span class="count">{open}</span>}
            </a>
          ))}
        </nav>
        <span class={`line line-${line}`} role="status" title={TEXTS.lineHints[line]}>
          {TEXTS.line[line]}
        </span>
      </header>
      <main ref={main} tabIndex={-1}>
        <h1>{title}</h1>
        {line === "lost" && <p class="note bad">{TEXTS.lineHints.lost}</p>}
        {status === undefined ? <p>{TEXTS.loading}</p> : <Page route={route} />}
      </main>
      <footer>
        {status !== undefined && (
          <p>
            {TEXTS.foot(status.name, status.version)} <a href={hrefOf({ page: "check" })}>{TEXTS.footLink}</a>.
          </p>
        )}
      </footer>
    </BelievedContext.Provider>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "now":
      return <NowPage />;
    case "signatures":
      return <SignaturesPage />;
    case "cases":
      return <CasesPage />;
    case "case":
      return <CasePage key={route.id} id={route.id} />;
    case "peers":
      return <PeersPage />;
    case "epoch":
      return <EpochPage namespace={route.namespace} epoch={route.epoch} />;
    case "auditor":
      return <AuditorPage key={route.auditor} auditor={route.auditor} />;
    case "check":
      return <CheckPage key={hrefOf(route)} {...route} />;
    default:
      return (
        <p>
          {TEXTS.unknownPage} <a href={hrefOf({ page: "now" })}>{TEXTS.toNow}</a>
        </p>
      );
  }
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M8 17l5 5 11-13" />
    </svg>
  );
}

function titleOf(route: Route): string {
  switch (route.page) {
    case "case":
      return TEXTS.titles.case;
    case "epoch":
      return TEXTS.titles.epoch(route.epoch);
    case "auditor":
      return route.auditor;
    case "unknown":
      return TEXTS.titles.unknown;
    default:
      return TEXTS.pages[route.page];
  }
}

/** A page that is reached from another one belongs to it. */
function isIn({ page: shown }: Route, page: (typeof MENU)[number]): boolean {
  const parents = { case: "cases", epoch: "signatures", auditor: "peers" } as const;
  return (shown === "case" || shown === "epoch" || shown === "auditor" ? parents[shown] : shown) === page;
}
