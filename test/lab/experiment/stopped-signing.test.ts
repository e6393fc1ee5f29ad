import { describe, expect, it } from "vitest";
import { LastSigned, stoppedSigning } from "../../../src/lab/experiment/stopped-signing.ts";
import { auditorNames, madeUpScenario } from "../../support/simulated-run.ts";

const scenario = madeUpScenario({ auditors: 7, epochs: 10 });
const names = auditorNames(7);
/** Each auditor's last epoch, in their order; 0: it signed nothing. */
const signedUntil = (...epochs: number[]) =>
  new Map(epochs.flatMap((epoch, i) => (epoch === 0 ? [] : [[names[i] ?? "", epoch] as const])));

describe("auditors that sign no more", () => {
  it("are named by the epoch after which they signed nothing; two epochs may be missing", () => {
    expect(stoppedSigning(scenario, signedUntil(10, 9, 8, 7, 6, 6, 0))).toEqual([
      "auditor-07.example signed nothing",
      "auditor-05.example and auditor-06.example signed nothing after epoch 6",
      "auditor-04.example signed nothing after epoch 7",
    ]);
    expect(stoppedSigning(scenario, signedUntil(8, 8, 8, 8, 8, 8, 8))).toEqual([]);
  });

  it("are left out where the scenario says so of them", () => {
    const behaviours = [{ kind: "silent" as const, auditors: [names[6] ?? ""], fromEpoch: 3 }];
    expect(stoppedSigning({ ...scenario, behaviours }, signedUntil(10, 10, 10, 10, 10, 10, 2))).toEqual([]);
  });

  it("are summed up where there are many", () => {
    expect(stoppedSigning(scenario, signedUntil(1, 2, 3, 4, 5, 10, 10)).at(-1)).toBe(
      "auditor-04.example and auditor-05.example stopped signing later",
    );
  });

  it("are read along with a trace, whose lines go on to whom they went before", () => {
    const seen: string[] = [];
    const signed = new LastSigned({ line: (text) => seen.push(text) });
    signed.line('{"t":1,"what":"signed","who":"a","epoch":3,"branch":"main"}');
    signed.line('{"t":2,"what":"signed","who":"a","epoch":2,"branch":"fork"}');
    signed.line('{"t":3,"what":"end"}');
    expect([[...signed.epochs], seen.length]).toEqual([[["a", 3]], 3]);
  });
});
