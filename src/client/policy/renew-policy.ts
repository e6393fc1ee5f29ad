/**
 * A policy bundle (docs/protocol.md 14), renewed: of the one in the app, the one held and those at all URLs, the
 * newest that the app's signers stand behind. It clears nothing: trust state, contacts and convictions stay.
 */
import type { Clock } from "../../core/clock.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { checkNumber } from "../../core/numbers.ts";
import { type PolicyBundle, rosterOfBundle } from "../../core/policy-bundle.ts";
import { type BundleSigners, checkSigners, openBundle, type SignedBundle } from "../../core/signed-bundle.ts";
import { parseNoteKey } from "../../core/signed-note.ts";
import { checkMethods, checkOptions, usage } from "../arguments.ts";
import { type Fetch, NodeClient } from "../node-client.ts";
import { checkNodeUrl } from "../node-url.ts";
import type { QuorumClientOptions } from "../options.ts";
import { memoryTrust, type TrustStorage } from "../trust-state.ts";
import { webClock } from "../web-system.ts";
import { webVerifier } from "../web-verifier.ts";

export interface RenewalOptions {
  /** The name in the first line of the bundle. */
  readonly app: string;
  /** Vkeys of type 01, one for each signer; used for nothing else, and no auditor's. */
  readonly signers: readonly string[];
  /** How many of the signers must have signed. */
  readonly threshold: number;
  /** The signed bundle that the app was built with: nothing older is ever used. */
  readonly builtIn: string;
  /** Where newer ones are published; up to 16. One that is right is enough. */
  readonly urls: readonly string[];
  /** Default: in memory. A key of its own: `webStorageTrust(localStorage, "coaudit-policy")`, or a file of its own. */
  readonly storage?: TrustStorage;
  /** For one URL's whole answer. Default 10 s. */
  readonly timeoutMs?: number;
}

export interface RenewalModules {
  readonly clock?: Clock;
  readonly verifier?: SignatureVerifier;
  readonly fetch?: Fetch;
}

export interface RenewedPolicy {
  readonly bundle: PolicyBundle;
  /** "app", "held" or the URL that it came from. */
  readonly source: string;
  /** Options of a QuorumClient; every result says so once the bundle is out of date. */
  readonly options: Pick<
    QuorumClientOptions,
    "policy" | "roster" | "faultBound" | "origins" | "settlements" | "policyExpiresMs"
  >;
  /**
   * The signers signed two different bundles of one version: one of them may be for this user alone. The one that was
   * known before is used; keep both notes, and show them to whoever makes the app.
   */
  readonly alarm?: { readonly version: number; readonly notes: readonly string[] };
  /** What was wrong with the held one ("held"), and at the URLs. */
  readonly problems: readonly { readonly source: string; readonly reason: string }[];
  /** Present when the bundle could not be kept: why. */
  readonly notStored?: string;
}

interface Candidate extends SignedBundle {
  readonly source: string;
}

const MAX_URLS = 16;
/** A storage that others change without end does not hold up an app. */
const MAX_LOOKS = 4;
const OPTIONS = ["app", "signers", "threshold", "builtIn", "urls", "storage", "timeoutMs"] as const;

/** Throws USAGE, VKEY_INVALID, and BUNDLE_INVALID where `builtIn` itself is not right. */
export async function renewPolicy(value: RenewalOptions, modules: RenewalModules = {}): Promise<RenewedPolicy> {
  const options = checkOptions<RenewalOptions>(value, "options", OPTIONS);
  const { clock = webClock, verifier = webVerifier(), fetch } = modules;
  const storage = checkMethods(options.storage ?? memoryTrust(), "storage", ["read", "write"]);
  const [signers, urls] = [signersOf(options), urlsOf(options.urls)];
  const timeoutMs = checkNumber(options.timeoutMs ?? 10_000, "timeoutMs", 1);
  const problems: { source: string; reason: string }[] = [];
  const open = async (source: string, note: string): Promise<Candidate> => {
    return { source, ...(await openBundle(note, signers, { verifier })) };
  };
  const attempt = async (source: string, get: () => Promise<string>, into = problems): Promise<Candidate[]> => {
    try {
      return [await open(source, await get())];
    } catch (error) {
      into.push({ source, reason: errorMessage(error) });
      return [];
    }
  };
  const builtIn = await open("app", options.builtIn);
  const port = { clock, ...(fetch === undefined ? {} : { fetch }) };
  const found = await Promise.all(
    urls.map((url) => attempt(url, () => new NodeClient({ url, timeoutMs }, port).text())),
  );
  // After the network: another page may have renewed it meanwhile.
  for (let looks = 1; ; looks++) {
    const read = await readHeld(storage);
    const ofHeld: typeof problems = read.reason === undefined ? [] : [{ source: "held", reason: read.reason }];
    const { note } = read;
    const held = note === undefined ? [] : await attempt("held", async () => note, ofHeld);
    const known = [builtIn, ...held].reduce(newer);
    const candidates = [known, builtIn, ...held, ...found.flat()].filter(
      ({ bundle }) => bundle.version >= known.bundle.version,
    );
    const [newest, alarm] = judged(candidates, known);
    const isKept = newest === builtIn || held.some(({ text }) => text === newest.text);
    // Another page may have kept a newer one while signatures were verified.
    if (!isKept && looks < MAX_LOOKS && (await readHeld(storage)).note !== note) continue;
    const notStored = isKept ? undefined : await kept(storage, newest.note);
    return {
      ...{ bundle: newest.bundle, source: newest.source, options: optionsOf(newest.bundle) },
      problems: [...problems, ...ofHeld],
      ...(alarm === undefined ? {} : { alarm }),
      ...(notStored === undefined ? {} : { notStored }),
    };
  }
}

async function readHeld(storage: TrustStorage): Promise<{ readonly note?: string; readonly reason?: string }> {
  try {
    const note = (await storage.read()) ?? undefined;
    return note === undefined ? {} : { note };
  } catch (error) {
    return { reason: errorMessage(error) };
  }
}

/** Two texts of one version: neither is believed, whichever is newest, unless it was known before. */
function judged(candidates: readonly Candidate[], known: Candidate): [Candidate, RenewedPolicy["alarm"]] {
  const versions = new Map<number, Map<string, Candidate>>();
  for (const one of candidates) {
    const ofThis = versions.get(one.bundle.version) ?? new Map<string, Candidate>();
    versions.set(one.bundle.version, ofThis);
    if (!ofThis.has(one.text)) ofThis.set(one.text, one);
  }
  const forked = [...versions].filter(([, texts]) => texts.size > 1).sort(([a], [b]) => b - a)[0];
  const sound = [...versions.values()].flatMap((texts) => (texts.size === 1 ? [...texts.values()] : []));
  const newest = [known, ...sound].reduce(newer);
  if (forked === undefined) return [newest, undefined];
  const [version, texts] = forked;
  return [newest, { version, notes: [...texts.values()].map(({ note }) => note) }];
}

function newer(one: Candidate, other: Candidate): Candidate {
  return other.bundle.version > one.bundle.version ? other : one;
}

async function kept(storage: TrustStorage, note: string): Promise<string | undefined> {
  try {
    await storage.write(note);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

function optionsOf(bundle: PolicyBundle): RenewedPolicy["options"] {
  const { policy, faultBound, origins, settlements, expiresMs } = bundle;
  return {
    ...{ policy, roster: rosterOfBundle(bundle), origins: Object.fromEntries(origins), settlements },
    policyExpiresMs: expiresMs,
    ...(faultBound === undefined ? {} : { faultBound }),
  };
}

function signersOf({ app, signers, threshold }: RenewalOptions): BundleSigners {
  if (!Array.isArray(signers)) throw usage("signers", "signers: it is not a list of vkeys");
  const pinned = { app, keys: signers.map(parseNoteKey), threshold };
  try {
    checkSigners(pinned);
  } catch (error) {
    if (!isCoauditError(error, "BUNDLE_INVALID")) throw error;
    throw new CoauditError("USAGE", `signers: ${error.metadata.reason}`, { option: "signers" }, { cause: error });
  }
  return pinned;
}

function urlsOf(urls: readonly string[]): string[] {
  if (!Array.isArray(urls) || urls.length > MAX_URLS)
    throw usage("urls", `urls: not a list of at most ${MAX_URLS} URLs`);
  return [...new Set(urls.map((url) => checkNodeUrl(url, "urls")))];
}
