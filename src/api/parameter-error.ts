/** The validator's finding, as one sentence that names the parameter, what was found and what was expected. */
import type { FastifySchemaValidationError, SchemaErrorDataVar } from "fastify/types/schema.js";
import { CoauditError } from "../core/errors.ts";

/** With ajv's `verbose` option; fastify's type leaves these out. */
interface VerboseError extends FastifySchemaValidationError {
  readonly data?: unknown;
  readonly parentSchema?: {
    readonly description?: string;
    readonly properties?: Record<string, { description?: string }>;
  };
}

const PLACES: Readonly<Record<string, string>> = {
  querystring: "query parameter",
  params: "path parameter",
  body: "field",
};

export function invalidParameter(
  errors: FastifySchemaValidationError[],
  place: SchemaErrorDataVar,
): CoauditError<"PARAMETER_INVALID"> {
  // A union reports each of its members before itself; the last one speaks for the parameter.
  const error: VerboseError | undefined = errors.at(-1);
  const { additionalProperty, missingProperty } = (error?.params ?? {}) as Record<string, string | undefined>;
  const parameter = additionalProperty ?? missingProperty ?? error?.instancePath.split("/")[1] ?? place;
  const missing = missingProperty === undefined ? undefined : error?.parentSchema?.properties?.[missingProperty];
  const expected = missing?.description ?? error?.parentSchema?.description ?? error?.message ?? "something else";
  const found = foundText(error, additionalProperty ?? missingProperty);
  const message = `${PLACES[place] ?? place} "${shorten(parameter)}": found ${found}, expected ${expected}`;
  return new CoauditError("PARAMETER_INVALID", message, { parameter, found, expected });
}

function foundText(error: VerboseError | undefined, property: string | undefined): string {
  if (error?.keyword === "required") return "nothing";
  const data = property === undefined ? error?.data : (error?.data as Record<string, unknown> | undefined)?.[property];
  return shorten(JSON.stringify(data) ?? "nothing");
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
