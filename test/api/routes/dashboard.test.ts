/** The page at "/": for whom it is there, under which policy, and that nothing else of the disk is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ServedApi } from "../served-api.ts";

/** Word for word what is promised to operators. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'";
const PAGE = "<!doctype html><title>coaudit</title>";
const THROUGH_A_PROXY = { headers: { "x-forwarded-for": "198.51.100.7" } };

const api = new ServedApi();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-page-"));
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(join(folder, "main-abc.js"), "export {};");
});
afterEach(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

describe("the dashboard", () => {
  it("is not there unless it is asked for", async () => {
    await api.serve({});
    expect(await api.ask("/")).toMatchObject({ status: 404, body: { type: "urn:coaudit:problem:route-unknown" } });
  });

  it("is not there when it was not built, and the rest is", async () => {
    await api.serve({ dashboard: { access: "open", folder: join(folder, "elsewhere") } });
    expect((await api.ask("/")).status).toBe(404);
    expect((await api.ask("/healthz")).status).toBe(200);
  });

  it("is for this machine alone, whatever a proxy passes on", async () => {
    await api.serve({ dashboard: { access: "local", folder } });
    expect(await api.ask("/")).toMatchObject({ status: 200, body: PAGE });
    for (const path of ["/", "/dashboard/main-abc.js"]) {
      const refused = await api.ask(path, THROUGH_A_PROXY);
      expect(refused).toMatchObject({ status: 403, body: { type: "urn:coaudit:problem:not-local" } });
      expect(refused.body.detail).toContain("api.dashboard: open");
    }
  });

  it("is for everybody where the operator says so", async () => {
    await api.serve({ dashboard: { access: "open", folder } });
    expect(await api.ask("/", THROUGH_A_PROXY)).toMatchObject({ status: 200, body: PAGE });
  });

  it("lets nothing run, load or connect that is not the node's own", async () => {
    await api.serve({ dashboard: { access: "open", folder } });
    for (const path of ["/", "/dashboard/main-abc.js"]) {
      const { headers } = await api.ask(path);
      expect(headers.get("content-security-policy")).toBe(POLICY);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
    }
    expect((await api.ask("/v1/status")).headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("is asked for again each time, and its files are kept for ever: their names change with what is in them", async () => {
    await api.serve({ dashboard: { access: "open", folder } });
    const page = await api.ask("/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const again = await api.ask("/", { headers: { "if-none-match": page.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
    const script = await api.ask("/dashboard/main-abc.js");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  });

  it("comes packed to whoever can unpack it", async () => {
    writeFileSync(join(folder, "large-abc.js"), "x".repeat(10_000));
    await api.serve({ dashboard: { access: "open", folder } });
    const packed = await api.ask("/dashboard/large-abc.js", { headers: { "accept-encoding": "br, gzip" } });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(Number(packed.headers.get("content-length"))).toBeLessThan(200);
    expect(packed.body).toHaveLength(10_000);
    const plain = await api.ask("/dashboard/large-abc.js", { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.body).toHaveLength(10_000);
  });

  it.each(["/dashboard/", "/dashboard/nothing.js", "/dashboard/index.html", "/dashboard/..%2F..%2Fpackage.json"])(
    "has no %s",
    async (path) => {
      await api.serve({ dashboard: { access: "open", folder } });
      expect((await api.ask(path)).status).toBe(404);
    },
  );

  it("takes no question and no other method", async () => {
    await api.serve({ dashboard: { access: "open", folder } });
    expect(await api.ask("/?page=cases")).toMatchObject({ status: 400 });
    expect((await api.ask("/", { method: "HEAD" })).status).toBe(200);
    expect((await api.ask("/", { method: "POST" })).status).toBe(404);
  });
});
