/** Who may act on the node, and who sees messages that name files and hosts of this machine. */
import type { FastifyRequest } from "fastify";
import { CoauditError } from "../core/errors.ts";
import { isSameToken } from "./operator-token.ts";

/** What a proxy adds. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

export interface OperatorOptions {
  readonly operatorToken?: string;
  readonly operatorFrom: "loopback" | "anywhere";
}

export class OperatorGate {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  isOperator(request: FastifyRequest): boolean {
    return this.#isFromHere(request) && this.#hasToken(request);
  }

  /** Throws OPERATOR_NOT_LOCAL and OPERATOR_TOKEN_REFUSED. */
  check(request: FastifyRequest): void {
    if (!this.#isFromHere(request)) {
      const reason = "it came from another machine or through a proxy";
      throw new CoauditError(
        "OPERATOR_NOT_LOCAL",
        `refused, because ${reason}; run \`coaudit\` with --config on the node's own machine`,
        { reason },
      );
    }
    if (this.#hasToken(request)) return;
    const reason = request.headers.authorization === undefined ? "missing" : "wrong";
    throw new CoauditError(
      "OPERATOR_TOKEN_REFUSED",
      `the bearer token is ${reason}; it is in admin.token in the node's data folder, new with every run`,
      { reason },
    );
  }

  #isFromHere(request: FastifyRequest): boolean {
    return this.#options.operatorFrom === "anywhere" || isFromThisMachine(request);
  }

  #hasToken(request: FastifyRequest): boolean {
    const { operatorToken } = this.#options;
    return operatorToken !== undefined && bearsToken(request, operatorToken);
  }
}

/** Not through a proxy either: what it passes on comes from elsewhere, whatever its socket says. */
export function isFromThisMachine(request: FastifyRequest): boolean {
  if (PROXY_HEADERS.some((name) => request.headers[name] !== undefined)) return false;
  const address = (request.raw.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return address === "::1" || address.startsWith("127.");
}

export function bearsToken(request: FastifyRequest, token: string): boolean {
  const given = /^Bearer ([^\s]{1,256})$/i.exec(request.headers.authorization ?? "")?.[1];
  return given !== undefined && isSameToken(given, token);
}
