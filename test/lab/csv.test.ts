import fc from "fast-check";
import { expect, it } from "vitest";
import { csvCells, csvRow } from "../../src/lab/csv.ts";

it("a row of cells that hold anything but the end of a line reads back as it was written", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', " ", "1", "é", ".") });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
      const row = csvRow(cells);
      expect(csvCells(row.slice(0, -1))).toEqual(cells);
      expect(csvCells(`${row.slice(0, -1)}\r`)).toEqual(cells);
    }),
  );
  expect(csvRow([1, null, undefined, true, "a,b", 'say "b"'])).toBe('1,,,true,"a,b","say ""b"""\n');
});
