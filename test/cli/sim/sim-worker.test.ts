import { describe, expect, it } from "vitest";
import { coaudit } from "../captured.ts";

/** Port 1 is nobody's. */
const NOWHERE = "redis://127.0.0.1:1";

describe("coaudit sim worker", () => {
  it("reads what was typed before it asks Redis", async () => {
    const { exitCode, err } = await coaudit("sim", "worker", "--queue", NOWHERE, "--jobs", "0");
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--jobs.*1 to 256/);
  });
});
