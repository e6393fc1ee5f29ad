import { MemoryStore } from "../../support/memory-store.ts";
import { describeStore } from "./store-contract.ts";

describeStore("memory", async () => new MemoryStore());
