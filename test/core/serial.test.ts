import { expect, it } from "vitest";
import { Serial } from "../../src/core/serial.ts";

it("runs pieces of work one after the other, whatever became of the one before", async () => {
  const serial = new Serial();
  const steps: string[] = [];
  const work = (name: string, end: () => string) => async (): Promise<string> => {
    steps.push(`${name} begins`);
    await new Promise<void>((resolve) => setImmediate(resolve));
    steps.push(`${name} ends`);
    return end();
  };
  const failing = serial.run(
    work("a", () => {
      throw new Error("no");
    }),
  );
  const fine = serial.run(work("b", () => "done"));
  await expect(failing).rejects.toThrow("no");
  expect(await fine).toBe("done");
  expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});
