import { expect, it, vi } from "vitest";
import { runScenario } from "../../../src/cli/sim/sim-run-action.ts";
import { CapturedContext } from "../captured.ts";

it("answers an interrupt at once: what it waits for, and how to wait no more", async () => {
  const context = new CapturedContext();
  const notes = vi.spyOn(console, "error").mockImplementation(() => {});
  const flags = { seed: "1", set: [], trace: "none", drain: "fast" } as const;
  const interrupted = runScenario("one-victim-auditor", flags, context, {
    runWorld: async (_options, { signal } = {}) => {
      context.signal("SIGINT");
      expect(notes.mock.calls.flat().join("\n")).toMatch(
        /stopping at the next slice.*; interrupt again to stop at once/,
      );
      expect(context.exits).toEqual([]);
      context.signal("SIGINT");
      expect(context.exits).toEqual([1]);
      signal?.throwIfAborted();
      throw new Error("it was not told to stop");
    },
  });
  await expect(interrupted).rejects.toMatchObject({ code: "RUN_STOPPED" });
  notes.mockRestore();
});
