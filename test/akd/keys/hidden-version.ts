import type { ConfigurationName } from "../../../src/akd/configuration.ts";
import type { KeyRequest } from "../../../src/akd/keys/key-check.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import type { Contradicted } from "../../../src/provider/keys/proof-maker.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

export interface HiddenVersion {
  /** Bob's label at the newest epoch. */
  readonly request: KeyRequest;
  /** The provider's own key for Bob. */
  readonly theirs: Uint8Array;
  readonly lookup: Uint8Array;
  readonly ownersHistory: Uint8Array;
  /** What the provider would have to show in place of a lookup: throws, or is forged as akd's own client accepts it. */
  mostRecent(contradicted: Contradicted): Uint8Array;
}

/** Bob has published five versions; then his provider inserts a seventh. */
export function hiddenVersion(configuration: ConfigurationName): HiddenVersion {
  const random = new SeededRandom(41);
  const directory = new KeyDirectory(configuration, random.bytes(32));
  const bob = utf8("bob");
  const others = Array.from({ length: 20 }, (_, index) => utf8(`somebody ${index}`));
  directory.publish(others.map((label) => [label, random.bytes(32)]));
  for (let version = 1; version <= 5; version++) directory.publish([[bob, random.bytes(32)]]);
  const theirs = random.bytes(32);
  directory.publish([[others[0]!, random.bytes(32)]], {
    hidden: [{ label: bob, value: theirs, version: 7, retires: true }],
  });
  const { vrfKey, epoch, digest } = directory;
  const hidden = directory.versions(bob, "hidden")[0]!;
  return {
    request: { configuration, vrfKey, label: bob, epoch, digest },
    theirs,
    lookup: directory.proofs("own", "refuse").lookup(bob, hidden),
    ownersHistory: directory.history(bob, { kind: "complete" })!,
    mostRecent: (contradicted) => directory.proofs("own", contradicted).history(bob, [hidden]),
  };
}
