/**
 * The HTTP API of simulated nodes as a client's `fetch` sees it: the routes of quorums and heads, with the answers and
 * problems of src/api.
 */

import type { Fetch } from "../../client/node-client.ts";
import { utf8 } from "../../core/bytes.ts";
import { isCoauditError } from "../../core/errors.ts";
import { type Distribution, drawUs } from "../engine/distribution.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { Machine } from "../machines/surroundings.ts";

export interface NodeAnswersModules {
  /** The client's. */
  readonly incarnation: Incarnation;
  readonly random: RandomStream;
  /** One way; an answer takes two. */
  readonly latencyMs: Distribution;
  readonly machineAt: (host: string) => Machine | undefined;
}

/** The URL under which clients know a machine. */
export function urlOf(place: string): string {
  return `https://${hostOf(place)}`;
}

export function hostOf(place: string): string {
  return place.replace(/ \((\d+)\)$/, ".face-$1");
}

/**
 * What undici's `fetch` would give for `GET /v1/namespaces/:ns/quorum?epoch=&min=` and `.../heads/:epoch`; rejects
 * where no machine answers.
 */
export function nodeAnswers(modules: NodeAnswersModules): Fetch {
  const { incarnation, random, latencyMs, machineAt } = modules;
  return async (url) => {
    const { host, pathname, searchParams } = new URL(url);
    await incarnation.later(drawUs(latencyMs, random), () => undefined);
    const machine = machineAt(host);
    if (machine === undefined || !machine.isUp) throw new TypeError("fetch failed");
    const [, headsOf] = /\/heads\/(\d+)$/.exec(pathname) ?? [];
    if (headsOf !== undefined) {
      const heads = await machine.heads(Number(headsOf));
      await incarnation.later(drawUs(latencyMs, random), () => undefined);
      return response(200, { heads });
    }
    const epoch = searchParams.get("epoch") ?? "latest";
    const answer = await machine.quorum(epoch === "latest" ? "latest" : Number(epoch), Number(searchParams.get("min")));
    await incarnation.later(drawUs(latencyMs, random), () => undefined);
    return answer === undefined ? response(404, HEAD_UNKNOWN) : response(200, answer);
  };
}

const HEAD_UNKNOWN = {
  type: "urn:coaudit:problem:head-unknown",
  title: "No such head",
  status: 404,
  detail: "this node holds no signed head of that epoch",
};

/**
 * The parts of a Response that the SDK reads. undici's own body goes through the event loop, which a world's time does
 * not see.
 */
function response(status: number, body: object): Response {
  const bytes = utf8(JSON.stringify(body));
  let isRead = false;
  const read = async (): Promise<{ done: boolean; value: Uint8Array | undefined }> => {
    if (isRead) return { done: true, value: undefined };
    isRead = true;
    return { done: false, value: bytes };
  };
  const reader = { read, cancel: async (): Promise<void> => {}, releaseLock: (): void => {} };
  const headers = new Map([["content-type", "application/json"]]);
  return { status, ok: status === 200, headers, body: { getReader: () => reader } } as unknown as Response;
}

export function errorCodeOf(error: unknown): string {
  return isCoauditError(error) ? error.code : "UNEXPECTED";
}
