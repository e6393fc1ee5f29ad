/** What all pages have around them, and which of them is shown. */
import { useEffect, useRef } from "preact/hooks";
import { useNode, useRoute } from "./live/hooks.ts";
import { NowPage } from "./pages/now.tsx";
import { hrefOf, type Route } from "./routing.ts";
import { TEXTS } from "./texts.ts";

const MENU = ["now"] as const;

export function App() {
  const route = useRoute();
  const { status, line } = useNode();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const title = titleOf(route);
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
    <>
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
    </>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "now":
      return <NowPage />;
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

function isIn(route: Route, page: (typeof MENU)[number]): boolean {
  return route.page === page;
}
