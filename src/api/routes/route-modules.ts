import type { Clock } from "../../core/clock.ts";
import type { ReportBook } from "../../node/report-book.ts";
import type { NodeView } from "../../node/view.ts";
import type { AnswerCache } from "../answer-cache.ts";
import type { OperatorGate } from "../operator.ts";

/** What every group of routes is given. */
export interface RouteModules {
  readonly node: NodeView;
  readonly gate: OperatorGate;
  readonly clock: Clock;
  readonly answers: AnswerCache;
  /** Undefined: this node takes none. */
  readonly reports: ReportBook | undefined;
}
