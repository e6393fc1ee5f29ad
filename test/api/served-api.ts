/** The API before a made-up node, and questions to it. */
import { type Api, createApi } from "../../src/api/api.ts";
import type { ApiOptions } from "../../src/api/options.ts";
import type { Logger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, type TestAuditor } from "../support/auditors.ts";
import { FakeNode } from "./fake-node.ts";

export const TOKEN: string = "ab".repeat(32);
export const OPERATOR: Readonly<Record<"authorization", string>> = { authorization: `Bearer ${TOKEN}` };
export const FIVE: readonly [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor] = makeAuditors(5) as [
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
  TestAuditor,
];

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each asserted where it is asked for
  body: any;
}

export class ServedApi {
  readonly node: FakeNode = new FakeNode(FIVE);
  /** Fields of every error that was logged. */
  readonly logged: object[] = [];
  #api: Api | undefined;
  #url = "";

  /** Again with other options, for the same node. */
  async serve(options: ApiOptions = { operatorToken: TOKEN }): Promise<this> {
    await this.stop();
    const log: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => this.logged.push(fields) };
    this.#api = createApi(options, { node: this.node, log, clock: systemClock });
    this.#url = (await this.#api.start()).url;
    return this;
  }

  async stop(): Promise<void> {
    await this.#api?.stop();
  }

  async ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.ask(path, { method: "POST", body: text, headers: { "content-type": "application/json", ...headers } });
  }

  /** Four auditors have signed the same epoch 17. */
  agree(): void {
    for (const auditor of FIVE.slice(0, 4)) this.node.statements.push(auditor.head(17, digestOf(1, 17)));
  }

  /** Three auditors have signed one epoch 17, two another. */
  fork(): void {
    for (const [index, auditor] of FIVE.entries()) {
      this.node.statements.push(auditor.head(17, digestOf(index < 3 ? 1 : 2, 17)));
    }
  }
}
