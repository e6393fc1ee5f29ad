/** The button that begins a check, and what it found, step by step. */
import { useState } from "preact/hooks";
import { TEXTS } from "../texts.ts";

export interface Step {
  readonly kind: "good" | "look" | "bad";
  readonly text: string;
}

/** Tells of each step as it is done, and of how far one is, from 0 to 1. */
export interface Teller {
  step(step: Step): void;
  progress(share: number): void;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running" | "done"; readonly steps: readonly Step[]; readonly share: number | undefined };

interface CheckerProps {
  readonly button: string;
  readonly check: (teller: Teller) => Promise<void>;
  /** What the button waits for. */
  readonly isReady?: boolean;
}

export function Checker({ button, check, isReady = true }: CheckerProps) {
  const [state, setState] = useState<State>({ kind: "idle" });
  const run = async (): Promise<void> => {
    const steps: Step[] = [];
    let share: number | undefined;
    const show = (kind: "running" | "done"): void => setState({ kind, steps: [...steps], share });
    const teller: Teller = {
      step(step) {
        steps.push(step);
        show("running");
      },
      progress(now) {
        share = now;
        show("running");
      },
    };
    show("running");
    try {
      await check(teller);
    } catch (error) {
      steps.push({ kind: "look", text: error instanceof Error ? error.message : String(error) });
    }
    show("done");
  };
  return (
    <>
      <div class="buttons">
        <button type="button" class="main" disabled={!isReady || state.kind === "running"} onClick={() => void run()}>
          {state.kind === "running" ? TEXTS.check.running : button}
        </button>
      </div>
      {state.kind !== "idle" && state.share !== undefined && (
        <progress value={state.share} max={1} aria-label={TEXTS.check.progress} />
      )}
      <div aria-live="polite">
        {state.kind !== "idle" && (
          <ul class="steps">
            {state.steps.map(({ kind, text }, index) => (
              <li key={index} class={kind}>
                <span class="mark" aria-hidden="true" />
                <span class="said">
                  <span class="unseen">{TEXTS.check.kinds[kind]}: </span>
                  {text}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}
