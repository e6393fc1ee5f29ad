/** The part of the configuration that says where metrics are served, and to whom. */
import Type, { type TUnsafe } from "typebox";
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { readToken } from "./config-api.ts";

export interface MetricsConfig {
  readonly host: string;
  readonly port: number;
  /** The bearer token that a scraper shows. Default: none is asked for. */
  readonly token?: string;
}

/** As in the file. */
export interface MetricsSection {
  readonly host?: string;
  readonly port: number;
  readonly "token-file"?: string;
}

export const MetricsSchema: TUnsafe<MetricsSection> = Type.Unsafe<MetricsSection>(
  Type.Object(
    {
      host: Type.Optional(Type.String({ description: "an address to listen on, default 127.0.0.1" })),
      port: Type.Integer({ minimum: 0, maximum: 65535, description: "a port from 0 to 65535; 0 takes a free one" }),
      "token-file": Type.Optional(
        Type.String({ minLength: 1, description: "the file of the bearer token that Prometheus shows" }),
      ),
    },
    { additionalProperties: false, description: "host, port and token-file of the metrics" },
  ),
);

/**
 * Throws CONFIG_INVALID. Metrics name every auditor and say how this node fares with each: they leave this machine only
 * for whoever has a token.
 */
export async function loadMetrics(
  { host = "127.0.0.1", port, "token-file": path }: MetricsSection,
  file: string,
  at: (path: string) => string,
): Promise<MetricsConfig> {
  if (path !== undefined) return { host, port, token: await readToken(path, "metrics.token-file", file, at) };
  if (/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host)) return { host, port };
  const expected = `the file of a token, since metrics.host is ${host}, which other machines may reach`;
  throw invalid(file, "metrics.token-file", undefined, expected);
}
