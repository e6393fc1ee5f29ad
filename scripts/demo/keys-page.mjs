// `npm run demo:keys -- --page`: the story as a page with two phones (examples/chat). This serves it on the loopback,
// and gives it a world to play with: POST /begin makes a new one, /publish and /publish-split are its next epoch.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle.mjs";
import { openKeysWorld } from "./keys-world.mjs";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Resolves when a signal has ended it, and everything is stopped. */
export async function servePage(port) {
  const files = await pageFiles();
  let world;
  let folder;
  let last = Promise.resolve();
  const inTurn = (work) => {
    last = last.then(work, work);
    return last;
  };

  async function end() {
    await world?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    world = undefined;
  }
  const commands = {
    async "/begin"() {
      await end();
      folder = await mkdtemp(join(tmpdir(), "coaudit-keys-page-"));
      world = await openKeysWorld({ folder });
      await world.ready();
      return world.delivered;
    },
    async "/publish"() {
      await world.publish();
      return {};
    },
    async "/publish-split"() {
      await world.publishSplit();
      return {};
    },
  };

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const file = files.get(pathname);
    if (request.method === "GET" && file !== undefined) {
      response.writeHead(200, { "content-type": file.type }).end(file.text);
      return;
    }
    const command = request.method === "POST" ? commands[pathname] : undefined;
    if (command === undefined) {
      response.writeHead(404).end();
      return;
    }
    inTurn(command).then(
      (answer) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer)),
      (error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  console.log(`Open http://127.0.0.1:${server.address().port}/ in a browser; Ctrl-C ends it.`);
  await new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await inTurn(end);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function pageFiles() {
  const script = await bundle(path("examples/chat/phones.mjs"), {
    "coaudit-client/keys": path("src/client/keys/index.ts"),
    "coaudit-client": path("src/client/index.ts"),
  });
  const text = (name) => readFile(path(`examples/chat/${name}`), "utf8");
  return new Map([
    ["/", { type: "text/html; charset=utf-8", text: await text("index.html") }],
    ["/phones.css", { type: "text/css", text: await text("phones.css") }],
    ["/phones.js", { type: "text/javascript", text: script }],
  ]);
}
