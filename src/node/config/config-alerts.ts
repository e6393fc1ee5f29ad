/** The part of the configuration that says who is told when something is not well. */
import Type, { type TUnsafe } from "typebox";
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { readToken } from "./config-api.ts";

/** As in the file. */
export interface AlertsSection {
  readonly receivers: readonly ReceiverSection[];
  readonly "behind-minutes"?: number;
  readonly "not-signing-minutes"?: number;
  readonly "peer-hours"?: number;
  readonly "disk-free-mib"?: number;
}

interface ReceiverSection {
  readonly name: string;
  readonly webhook?: string;
  readonly format?: "json" | "alertmanager" | "text";
  readonly "token-file"?: string;
  readonly command?: readonly string[];
  readonly "timeout-s"?: number;
  readonly severity?: "critical" | "warning";
}

const ReceiverSchema = Type.Object(
  {
    name: Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$", description: "a name of 1 to 64 of A-Z a-z 0-9 . _ -" }),
    webhook: Type.Optional(Type.String({ pattern: "^https?://.+", description: "an http:// or https:// URL" })),
    format: Type.Optional(
      Type.Union([Type.Literal("json"), Type.Literal("alertmanager"), Type.Literal("text")], {
        description: "json, alertmanager or text",
      }),
    ),
    "token-file": Type.Optional(
      Type.String({ minLength: 1, description: "the file of the bearer token that the webhook wants" }),
    ),
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: "a word of the command" }), {
        minItems: 1,
        maxItems: 32,
        description: "a command and its arguments, as a list",
      }),
    ),
    "timeout-s": Type.Optional(
      Type.Integer({ minimum: 1, maximum: 300, description: "seconds from 1 to 300, default 10" }),
    ),
    severity: Type.Optional(
      Type.Union([Type.Literal("critical"), Type.Literal("warning")], {
        description: "critical, for those alone, or warning, for all",
      }),
    ),
  },
  { additionalProperties: false, description: "a receiver: name, and webhook or command" },
);

export const AlertsSchema: TUnsafe<AlertsSection> = Type.Unsafe<AlertsSection>(
  Type.Object(
    {
      receivers: Type.Array(ReceiverSchema, { maxItems: 16, description: "a list of at most 16 receivers" }),
      "behind-minutes": Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100_000, description: "minutes, default 30" }),
      ),
      "not-signing-minutes": Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100_000, description: "minutes, default 30" }),
      ),
      "peer-hours": Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: "hours, default 24" })),
      "disk-free-mib": Type.Optional(
        Type.Integer({ minimum: 0, maximum: 1_048_576, description: "MiB, default 2048; 0: never" }),
      ),
    },
    { additionalProperties: false, description: "receivers, and when to tell them" },
  ),
);

export interface AlertThresholds {
  readonly behindMinutes: number;
  readonly notSigningMinutes: number;
  readonly peerHours: number;
  readonly diskFreeMib: number;
}

export type ReceiverConfig = {
  readonly name: string;
  /** The least that it is told. */
  readonly severity: "critical" | "warning";
  readonly timeoutMs: number;
} & (
  | {
      readonly kind: "webhook";
      readonly url: string;
      readonly format: "json" | "alertmanager" | "text";
      readonly token?: string;
    }
  | { readonly kind: "command"; readonly command: readonly [string, ...string[]] }
);

export interface AlertsConfig extends AlertThresholds {
  readonly receivers: readonly ReceiverConfig[];
}

/** Throws CONFIG_INVALID. `at` resolves a path of the file. */
export async function loadAlerts(
  alerts: AlertsSection,
  file: string,
  at: (path: string) => string,
): Promise<AlertsConfig> {
  const receivers: ReceiverConfig[] = [];
  for (const [index, section] of alerts.receivers.entries()) {
    const place = `alerts.receivers[${index}]`;
    if (receivers.some(({ name }) => name === section.name)) {
      throw invalid(file, `${place}.name`, section.name, "one that no other receiver has");
    }
    receivers.push(await loadReceiver(section, place, file, at));
  }
  return {
    receivers,
    behindMinutes: alerts["behind-minutes"] ?? 30,
    notSigningMinutes: alerts["not-signing-minutes"] ?? 30,
    peerHours: alerts["peer-hours"] ?? 24,
    diskFreeMib: alerts["disk-free-mib"] ?? 2_048,
  };
}

async function loadReceiver(
  section: ReceiverSection,
  place: string,
  file: string,
  at: (path: string) => string,
): Promise<ReceiverConfig> {
  const { name, webhook, format, "token-file": tokenFile, command, severity = "warning" } = section;
  const common = { name, severity, timeoutMs: (section["timeout-s"] ?? 10) * 1_000 };
  if ((webhook === undefined) === (command === undefined)) {
    throw invalid(file, place, name, "either a webhook or a command");
  }
  if (webhook !== undefined) {
    if (!URL.canParse(webhook)) throw invalid(file, `${place}.webhook`, webhook, "an http:// or https:// URL");
    const { protocol, username, password, host } = new URL(webhook);
    if (username !== "" || password !== "") {
      // fetch refuses such a URL, and says it whole.
      const shown = `${protocol}//...@${host}`;
      throw invalid(file, `${place}.webhook`, shown, "a URL without user and password; a token goes into token-file");
    }
    const token = tokenFile === undefined ? {} : { token: await readToken(tokenFile, `${place}.token-file`, file, at) };
    return { ...common, kind: "webhook", url: webhook, format: format ?? "json", ...token };
  }
  const only = format === undefined ? (tokenFile === undefined ? undefined : "token-file") : "format";
  if (only !== undefined)
    throw invalid(file, `${place}.${only}`, section[only], "a webhook beside it; a command takes none");
  const [program = "", ...words] = command ?? [];
  // A path starts at the file's folder, a bare name is looked for in PATH.
  return { ...common, kind: "command", command: [program.includes("/") ? at(program) : program, ...words] };
}
