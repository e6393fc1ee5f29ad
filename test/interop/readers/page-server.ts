/** What a test serves to a browser, and what the pages tell it. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type Report = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  json: "application/json",
  policy: "text/plain",
};

export class PageServer {
  /** By path; a path without an ending is a page. */
  readonly files: Map<string, string> = new Map();
  /** What pages posted to /report, as it came. */
  readonly reports: Report[] = [];
  readonly #server: Server;

  /** `other` answers what is no file. */
  static async start(
    other: RequestListener = (_request, response) => response.writeHead(404).end(),
  ): Promise<PageServer> {
    const pages = new PageServer(other);
    await new Promise<void>((done) => pages.#server.listen(0, "127.0.0.1", () => done()));
    return pages;
  }

  private constructor(other: RequestListener) {
    this.#server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://page");
      if (pathname === "/report") {
        const chunks = await request.toArray();
        this.reports.push(JSON.parse(Buffer.concat(chunks).toString()));
        return response.end();
      }
      const file = this.files.get(pathname);
      if (file === undefined) return other(request, response);
      return response.writeHead(200, { "content-type": TYPES[pathname.split(".")[1] ?? ""] ?? "text/html" }).end(file);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
