/** A module hook that notes what is imported, a line for each, in the file that LOADED_FILE names. */
import { appendFileSync } from "node:fs";

export async function load(url, context, next) {
  appendFileSync(process.env.LOADED_FILE, `${url}\n`);
  return next(url, context);
}
