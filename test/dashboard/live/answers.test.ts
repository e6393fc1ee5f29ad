/** The page describes what it reads of the node's answers a second time: this does not compile when the two differ. */
import { expect, it } from "vitest";
import type { SentCase, SentStatus } from "../../../src/api/answers/redact.ts";
import type { CaseView, NodeStatus, QuorumAnswer, SentHead } from "../../../src/dashboard/live/answers.ts";
import type * as Node from "../../../src/node/view.ts";

type IsReadAs<Sent extends Shown, Shown> = Sent;

it("reads what the node sends", () => {
  type Status = IsReadAs<SentStatus & Node.Readiness, NodeStatus>;
  type Case = IsReadAs<SentCase, CaseView>;
  type Heads = IsReadAs<Node.HeadView, SentHead>;
  type Quorum = IsReadAs<Node.QuorumAnswer, QuorumAnswer>;
  const names: readonly (keyof Status | keyof Case | keyof Heads | keyof Quorum)[] = ["name", "id", "digest", "result"];
  expect(names).toHaveLength(4);
});
