// What a reader does with the SDK, wherever it runs: it is given a question at `base`, and tells each result there.
import { QuorumClient } from "coaudit-client";

export async function readAndTell(base, about, trust = {}) {
  const tell = (step, value) => fetch(`${base}/report`, { method: "POST", body: JSON.stringify({ step, ...value }) });
  const tellResult = (step, { result, head, signers, nodes, report }) =>
    tell(step, { result, head, signers: signers.length, nodes, report });
  try {
    const given = await (await fetch(`${base}/given.json`)).json();
    const { nodes, policy, namespace, epoch, digest, intervalMs } = given;
    await tell("begun", about);
    const client = new QuorumClient({ nodes, policy, ...trust });
    await tellResult("latest", await client.latest(namespace));
    await tellResult("right", await client.check(namespace, epoch, digest));
    await tellResult("wrong", await client.check(namespace, epoch, "ab".repeat(32)));
    await tell("resumed", { event: await firstEventAfter(nodes[0], "x-1") });
    for await (const found of client.watch(namespace, { intervalMs })) {
      await tellResult("watched", found);
      if (found.head?.epoch > epoch) break;
    }
    await tell("done", {});
  } catch (error) {
    await tell("failed", { error: String(error.stack) });
  }
}

async function firstEventAfter(node, lastEventId) {
  const stop = new AbortController();
  const { body } = await fetch(`${node}/v1/events`, {
    headers: { "last-event-id": lastEventId },
    signal: stop.signal,
  });
  const assumptions = body.getReader();
  let text = "";
  while (!/event: (.*)\n/.test(text)) text += new TextDecoder().decode((await assumptions.read()).value);
  await assumptions.cancel();
  stop.abort();
  return /event: (.*)\n/.exec(text)[1];
}
