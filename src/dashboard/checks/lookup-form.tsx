/** What a directory said about somebody's key, as a visitor who has the proof types it in. */
import { useState } from "preact/hooks";
import type { ConfigurationName } from "../../akd/configuration.ts";
import { TEXTS } from "../texts.ts";
import { useBelieved } from "./believed.tsx";
import { Checker } from "./checker.tsx";
import type { Where } from "./verify.ts";

const TEXT = TEXTS.check.key;
/** As MAX_KEY_PROOF_BYTES, with room for the proofs that are too large and are told so. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

interface LookupFormProps {
  readonly where: Where;
  readonly configuration: ConfigurationName;
  readonly isReady: boolean;
}

export function LookupForm({ where, configuration, isReady }: LookupFormProps) {
  const { text } = useBelieved();
  const [label, setLabel] = useState("");
  const [vrfKey, setVrfKey] = useState("");
  const [file, setFile] = useState<File>();
  return (
    <section class="card" aria-label={TEXT.title}>
      <h2>{TEXT.title}</h2>
      <p>{TEXT.lead}</p>
      <div class="fields">
        <label>
          {TEXT.label}
          <input value={label} autocomplete="off" onInput={({ currentTarget }) => setLabel(currentTarget.value)} />
        </label>
        <label>
          {TEXT.vrfKey}
          <input
            value={vrfKey}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setVrfKey(currentTarget.value)}
          />
        </label>
        <label>
          {TEXT.file}
          <input type="file" onChange={({ currentTarget }) => setFile(currentTarget.files?.[0])} />
        </label>
      </div>
      <Checker
        button={TEXT.button}
        isReady={isReady && label !== "" && vrfKey !== "" && file !== undefined}
        check={async (teller) => {
          if (file === undefined || file.size > MAX_FILE_BYTES) throw new Error(TEXT.tooLarge);
          const proof = new Uint8Array(await file.arrayBuffer());
          const { checkLookup } = await import("./verify-key.ts");
          await checkLookup({ ...where, configuration, label, vrfKey, proof }, text, teller);
        }}
      />
    </section>
  );
}
