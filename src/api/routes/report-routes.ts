/** What readers were shown, for the operator to look at. Anybody may say it, so it counts for nothing else. */
import type { FastifyInstance } from "fastify";
import Type from "typebox";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { Serial } from "../../core/serial.ts";
import { TokenBucket } from "../../core/token-bucket.ts";
import { checkReport, slimReport, type WrongDigestReport } from "../../core/wrong-digest.ts";
import { DoneAnswer } from "../answers/answers.ts";
import { knownNamespace } from "./known-namespace.ts";
import type { RouteModules } from "./route-modules.ts";

/** 128 signatures without cases are 60 KiB; a report as it was saved may have a few cases. */
const MAX_REPORT_BYTES = 256 * 1024;
/** Of one address in a minute: an app reports once for each epoch that it was lied to about. */
const PER_ADDRESS = 10;
/** Of all together: verifying one takes up to 25 ms. */
const IN_ALL = { perSecond: 1, burst: 60 };

const Body = Type.Object({}, { additionalProperties: true, description: "a report of a wrong digest" });

export function registerReportRoutes(app: FastifyInstance, { node, clock, reports }: RouteModules): void {
  const budget = new TokenBucket(IN_ALL, { clock });
  const turns = new Serial();
  const tooMany = (): CoauditError<"RATE_LIMITED"> => {
    const message = `more reports than are looked at; this one is kept by its reader, try again in a minute`;
    return new CoauditError("RATE_LIMITED", message, { retryAfterSeconds: 60 });
  };

  /** Throws REPORT_REFUSED. */
  const judge = async (report: WrongDigestReport): Promise<void> => {
    const { namespace, epoch } = report;
    const verdict = await node.judge(slimReport(report).certificate);
    if (verdict.result === "satisfied") return;
    const outcome = verdict.explanation;
    const message = `the report on epoch ${epoch} of ${namespace} is not kept: its certificate does not satisfy this node's roster: ${outcome}`;
    throw new CoauditError("REPORT_REFUSED", message, { namespace, epoch, outcome });
  };

  app.post<{ Body: unknown }>(
    "/v1/reports",
    {
      bodyLimit: MAX_REPORT_BYTES,
      config: { rateLimit: { max: PER_ADDRESS, timeWindow: 60_000, errorResponseBuilder: tooMany } },
      schema: { tags: ["evidence"], body: Body, response: { 200: DoneAnswer, 201: DoneAnswer } },
    },
    async ({ body }, reply) => {
      if (reports === undefined) {
        const message = "this node takes no reports (api.reports in its configuration); send it to another auditor";
        throw new CoauditError("REPORTS_OFF", message, {});
      }
      const report = checkReport(body);
      knownNamespace(report.namespace, node);
      if (!budget.take(1)) throw tooMany();
      await turns
        .run(() => judge(report))
        .catch((error: unknown) => {
          if (!isCoauditError(error, "CERTIFICATE_INVALID")) throw error;
          throw new CoauditError("REPORT_INVALID", error.message, { reason: error.metadata.reason }, { cause: error });
        });
      return reply.code(reports.add(report) === "new" ? 201 : 200).send({ done: true });
    },
  );
}
