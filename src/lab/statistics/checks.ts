/** What statistics refuse: numbers that no count, time or probability can be. Programs of others call them. */
import { CoauditError } from "../../core/errors.ts";
import { checkNumber } from "../../core/numbers.ts";
import { shown } from "../../core/printable.ts";

/** Throws NUMBER_OUT_OF_RANGE. */
export function checkCount(value: number, field: string, most?: number): void {
  checkNumber(value, field, 0, most);
}

/** Throws USAGE for what does not lie between 0 and 1. */
export function checkPart(value: number, field: string): void {
  if (typeof value === "number" && value > 0 && value < 1) return;
  throw new CoauditError("USAGE", `${field}: ${shown(value)} is not a number between 0 and 1`, { option: field });
}

/** Throws USAGE, naming the first that is none. */
export function checkObservations(observations: unknown, field: string): void {
  if (!Array.isArray(observations)) {
    throw new CoauditError("USAGE", `${field}: ${shown(observations)} is not a list of observations`, {
      option: field,
    });
  }
  const wrong = observations.findIndex(
    (one) => !(Number.isFinite(one?.timeMs) && one.timeMs >= 0 && typeof one.happened === "boolean"),
  );
  if (wrong < 0) return;
  const message = `${field}: entry ${wrong} has no timeMs from 0 on and a happened that is true or false`;
  throw new CoauditError("USAGE", message, { option: field });
}
