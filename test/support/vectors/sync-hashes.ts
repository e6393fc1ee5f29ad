/** The hashes that two nodes must compute alike to compare their ledgers. */
import { concat, toHex, u64be, utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { namespaceId, seriesId, tagOf, topHash } from "../../../src/gossip/sync/sync-frames.ts";
import { itemId, leafHash, type SlotState } from "../../../src/ledger/summaries.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../auditors.ts";
import { type Json, toJson } from "./format.ts";
import { exampleHead } from "./statements.ts";

const AUDITOR = "a.example";
const SERIES = { auditor: AUDITOR, namespace: NAMESPACE };
const NONCE: Uint8Array = sha256(utf8("a nonce")).slice(0, 16);
const ID: Uint8Array = seriesId(SERIES);
const NAMESPACE_ID: Uint8Array = namespaceId(NAMESPACE);

export interface HashVector {
  readonly name: string;
  readonly kind: string;
  readonly input: Json;
  /** What SHA-256 is computed over. */
  readonly hex: string;
  readonly hash: string;
}

/** Preimages are put together here by hand, hashes are what the code gives: the test compares. */
export function syncHashVectors(): HashVector[] {
  const digest = digestOf(1, 17);
  const slot = (epoch: number): Uint8Array => concat(sized(AUDITOR), sized(NAMESPACE), u64be(epoch));
  const leafInput = (state: SlotState): Json => toJson({ ...SERIES, epoch: 17, state });
  const leaves = ([1, 2, 3] as const).map((completeness) => ({ digest, completeness }));
  const whole = leafHash(SERIES, 17, leaves[2] as SlotState);
  const equivocated = leafHash(SERIES, 18, "equivocated");
  const bucketPreimage = concat(utf8("coaudit/bucket/v1\0"), whole, equivocated);
  const bucket = sha256(bucketPreimage);
  const item = itemId("observation", AUDITOR, NAMESPACE, "17", "invalid-proof");
  const itemsPreimage = utf8([toHex(item), toHex(itemId("conviction", AUDITOR))].sort().join(""));
  const seriesPreimage = concat(
    utf8("coaudit/series/v1\0"),
    u64be(0),
    bucket,
    u64be(705),
    bucket,
    sha256(itemsPreimage),
  );
  const items: [string, readonly (string | Uint8Array)[]][] = [
    ["an observation", ["observation", AUDITOR, NAMESPACE, "17", "invalid-proof"]],
    ["an auditor record", ["record", exampleHead()]],
    ["a key rotation", ["rotation", makeAuditors(1)[0]!.key.publicKey, "00ff test.key-transparency.v1:100"]],
    ["a conviction", ["conviction", AUDITOR]],
  ];
  return [
    ...leaves.map((state) => ({
      name: `leaf of completeness ${state.completeness}`,
      kind: "leaf",
      input: leafInput(state),
      hex: toHex(concat(utf8("coaudit/leaf/v1\0"), slot(17), digest, Uint8Array.of(state.completeness))),
      hash: toHex(leafHash(SERIES, 17, state)),
    })),
    {
      name: "leaf of a slot with two digests",
      kind: "leaf",
      input: toJson({ ...SERIES, epoch: 18, state: "equivocated" }),
      hex: toHex(concat(utf8("coaudit/leaf-equivocated/v1\0"), slot(18))),
      hash: toHex(equivocated),
    },
    {
      name: "leaf of the provider's heads",
      kind: "leaf",
      input: toJson({ auditor: "", namespace: NAMESPACE, epoch: 17, state: { digest, completeness: 3 } }),
      hex: toHex(concat(utf8("coaudit/leaf/v1\0"), sized(""), sized(NAMESPACE), u64be(17), digest, Uint8Array.of(3))),
      hash: toHex(leafHash({ auditor: "", namespace: NAMESPACE }, 17, { digest, completeness: 3 })),
    },
    {
      name: "bucket of two leaves",
      kind: "bucket",
      input: toJson({
        ...SERIES,
        slots: [
          { epoch: 17, digest, completeness: 3 },
          { epoch: 18, equivocated: true },
        ],
      }),
      hex: toHex(bucketPreimage),
      hash: toHex(bucket),
    },
    ...items.map(([name, parts]) => ({
      name: `item id of ${name}`,
      kind: "item",
      input: toJson(parts),
      hex: toHex(concat(utf8("coaudit/item/v1\0"), ...parts.map(sized))),
      hash: toHex(itemId(...parts)),
    })),
    {
      name: "items of a series: the hex texts of their ids, ascending",
      kind: "items",
      input: toJson([item, itemId("conviction", AUDITOR)]),
      hex: toHex(itemsPreimage),
      hash: toHex(sha256(itemsPreimage)),
    },
    {
      name: "series of two buckets and two items",
      kind: "series",
      input: toJson({
        buckets: [
          { bucket: 0, hash: bucket },
          { bucket: 705, hash: bucket },
        ],
        items: sha256(itemsPreimage),
      }),
      hex: toHex(seriesPreimage),
      hash: toHex(sha256(seriesPreimage)),
    },
    {
      name: "series id, first 8 bytes",
      kind: "series-id",
      input: toJson(SERIES),
      hex: toHex(concat(utf8("coaudit/sync-series/v1\0"), sized(AUDITOR), sized(NAMESPACE))),
      hash: toHex(ID),
    },
    {
      name: "namespace id, first 8 bytes",
      kind: "namespace-id",
      input: NAMESPACE,
      hex: toHex(concat(utf8("coaudit/sync-namespace/v1\0"), sized(NAMESPACE))),
      hash: toHex(NAMESPACE_ID),
    },
    {
      name: "tag of a hash under a nonce, first 8 bytes",
      kind: "tag",
      input: toJson({ nonce: NONCE, hash: whole }),
      hex: toHex(concat(utf8("coaudit/sync-tag/v1\0"), NONCE, whole)),
      hash: toHex(tagOf(NONCE, whole)),
    },
    {
      name: "top of one series",
      kind: "top",
      input: toJson([{ id: ID, hash: sha256(seriesPreimage) }]),
      hex: toHex(concat(utf8("coaudit/sync-top/v1\0"), ID, sha256(seriesPreimage))),
      hash: toHex(topHash([{ id: ID, hash: sha256(seriesPreimage) }])),
    },
  ];
}

function sized(part: string | Uint8Array): Uint8Array {
  const bytes = typeof part === "string" ? utf8(part) : part;
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);
}
