import { webStorageTrust } from "coaudit-client";
import { readAndTell } from "./steps.mjs";

const about = { isSecure: isSecureContext, hasSubtle: crypto.subtle !== undefined };
await readAndTell(location.origin, about, { trustState: webStorageTrust(localStorage) });
