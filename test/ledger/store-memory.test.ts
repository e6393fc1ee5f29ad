import { MemoryStore } from "../../src/ledger/memory-store.ts";
import { describeStore } from "./store-contract.ts";

describeStore("memory", async () => new MemoryStore());
