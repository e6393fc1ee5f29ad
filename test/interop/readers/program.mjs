// Ends by itself: whatever the SDK left open would keep it.
import { readAndTell } from "./steps.mjs";

await readAndTell(process.argv.at(-1), {});
