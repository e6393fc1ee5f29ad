// A service that passes a key directory's answers on: only under a digest that the auditors saw.
// Works where a middleware is (request, response, next), as in Express and Connect, and with node:http alone.

/**
 * `client`: a QuorumClient. `headOf(request)` gives { namespace, epoch, digest } as the directory showed it, or
 * undefined when the request does not depend on one. What is not satisfied ends here with 502, or 503 where asking
 * again later may help.
 */
export function audited(client, headOf) {
  return async (request, response, next) => {
    const shown = headOf(request);
    if (shown === undefined) return next();
    let found;
    try {
      found = await client.check(shown.namespace, shown.epoch, shown.digest);
    } catch (error) {
      return refuse(response, 400, { result: "unusable", explanation: error.message });
    }
    if (found.result === "satisfied") {
      request.audited = found.head;
      return next();
    }
    const isTemporary = ["pending", "not-enough", "stale", "no-answer"].includes(found.result);
    return refuse(response, isTemporary ? 503 : 502, found);
  };
}

function refuse(response, status, { result, explanation }) {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ type: `urn:example:${result}`, title: explanation, status }));
}
