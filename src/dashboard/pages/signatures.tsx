/** Who signed what, and when: the newest epochs of each namespace. */
import { SHOWN_EPOCHS } from "../live/epoch-book.ts";
import { useIsNarrow, useNode } from "../live/hooks.ts";
import { Matrix } from "../parts/matrix.tsx";
import { TEXTS } from "../texts.ts";

/** What a desk has room for. */
export const ON_A_DESK = 16;

export function SignaturesPage() {
  const { status } = useNode();
  const count = useIsNarrow() ? SHOWN_EPOCHS : ON_A_DESK;
  return (
    <>
      <p>{TEXTS.matrix.lead}</p>
      {status?.namespaces.map((one) => (
        <section key={one.namespace} class="card" aria-label={one.namespace}>
          <h2 class="name">{one.namespace}</h2>
          <Matrix one={one} count={count} />
        </section>
      ))}
    </>
  );
}
