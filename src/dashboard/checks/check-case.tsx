/** A case, verified in the visitor's browser. */
import type { CaseFile } from "../../core/case-file.ts";
import { TEXTS } from "../texts.ts";
import { useBelieved } from "./believed.tsx";
import { Checker } from "./checker.tsx";

const TEXT = TEXTS.check.case;

export function CheckCase({ file }: { readonly file: CaseFile }) {
  const { text } = useBelieved();
  return (
    <section class="card" aria-label={TEXT.title}>
      <h2>{TEXT.title}</h2>
      <p>{TEXT.lead}</p>
      <Checker
        button={TEXT.button}
        isReady={text !== ""}
        check={async (teller) => {
          const { checkCase } = await import("./verify.ts");
          await checkCase(file, text, teller);
        }}
      />
    </section>
  );
}
