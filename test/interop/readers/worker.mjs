import { readAndTell } from "./steps.mjs";

await readAndTell(location.origin, { isWorker: typeof document === "undefined" });
