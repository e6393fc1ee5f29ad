// Loaded by --import: as if the optional packages of --queue were not installed.
import { register } from "node:module";

const hook = `export function resolve(specifier, context, next) {
  if (specifier !== "bullmq") return next(specifier, context);
  throw Object.assign(new Error("Cannot find package 'bullmq'"), { code: "ERR_MODULE_NOT_FOUND" });
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
