import { expect, it } from "vitest";
import { toBase64, toHex } from "../../../src/core/bytes.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { exhibitsOf } from "../../../src/dashboard/live/exhibits.ts";
import { digestOf, makeAuditors } from "../../support/auditors.ts";

it("shows statements by epoch and digest, and what cannot be read as such", () => {
  const [a, b] = makeAuditors(2);
  const heads = [b!.head(18, digestOf(2, 18)), a!.head(17, digestOf(1, 17)), b!.head(17, digestOf(2, 17))];
  const shown = exhibitsOf({ exhibits: [...heads.map((head) => toBase64(encodeStatement(head))), "AAAA"] });
  expect(shown.map(({ kind, epoch }) => [kind, epoch])).toEqual([
    ["damaged", undefined],
    ["signed-head", 17],
    ["signed-head", 17],
    ["signed-head", 18],
  ]);
  expect(shown.at(-1)).toMatchObject({ key: toHex(b!.key.publicKey), digest: toHex(digestOf(2, 18)) });
});
