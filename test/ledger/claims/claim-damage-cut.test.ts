import { truncate } from "node:fs/promises";
import { describeDamage } from "./claim-damage.ts";

describeDamage("a cut", truncate);
