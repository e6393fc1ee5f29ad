// What a page does: the same code on https with WebCrypto and on plain http without.
import { QuorumClient, webStorageTrust } from "coaudit-client";

const asked = new URLSearchParams(location.search);
const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

try {
  const policy = await (await fetch(asked.get("policy") ?? "./reader.policy")).text();
  const client = new QuorumClient({ nodes: asked.getAll("node"), policy, trustState: webStorageTrust(localStorage) });
  const [namespace, epoch, digest] = [asked.get("namespace"), Number(asked.get("epoch")), asked.get("digest")];
  const found = digest === null ? await client.latest(namespace) : await client.check(namespace, epoch, digest);
  show("explanation", found.explanation);
  show("result", found.result);
} catch (error) {
  show("explanation", error.message);
  show("result", "error");
}
