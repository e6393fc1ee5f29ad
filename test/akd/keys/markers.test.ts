import { describe, expect, it } from "vitest";
import { lookupMarker, markerVersions } from "../../../src/akd/keys/markers.ts";

describe("marker versions", () => {
  it("are those that akd_core's own tests name", () => {
    const named: [number, number, number, number[], number[]][] = [
      [65, 65, 128, [16, 64], [66, 68, 72, 80, 96, 128]],
      [85, 85, 65537, [16, 64, 80, 84], [86, 88, 96, 128, 256, 65536]],
      [1, 5, 33, [], [6, 8, 16]],
      [2, 5, 33, [], [6, 8, 16]],
      [3, 5, 33, [2], [6, 8, 16]],
      [6, 12, 128, [4], [13, 14, 16]],
      [6, 12, 256, [4], [13, 14, 16, 256]],
      [130, 130, 256, [16, 128], [131, 132, 136, 144, 160, 192, 256]],
    ];
    for (const [oldest, newest, epoch, past, future] of named)
      expect(markerVersions(oldest, newest, epoch)).toEqual({ past, future });
  });

  it("go up to 2^32 in a directory of that many epochs", () => {
    expect(markerVersions(1, 2, 2 ** 40).future).toEqual([3, 4, 16, 256, 65_536, 2 ** 32]);
  });

  it("of any two histories of one label that end differently contradict each other", () => {
    // The owner's newest version is `known`; the most recent one that a contact is shown is `hidden`.
    for (let hidden = 2; hidden <= 600; hidden++) {
      const shown = new Set([...markerVersions(hidden, hidden, hidden).past, hidden]);
      for (let known = 1; known < hidden; known++) {
        const absent = markerVersions(1, known, hidden).future;
        expect([known, hidden, absent.some((version) => shown.has(version))]).toEqual([known, hidden, true]);
      }
    }
  });

  it("of a lookup do not: many later versions are shown by it that the owner's absences miss", () => {
    const missed = (known: number, epoch: number): number[] => {
      const absent = new Set(markerVersions(1, known, epoch).future);
      const later = Array.from({ length: epoch - known }, (_, index) => known + 1 + index);
      return later.filter((version) => !absent.has(version) && !absent.has(lookupMarker(version)));
    };
    expect(missed(5, 7)).toEqual([7]);
    expect(missed(5, 300).slice(0, 4)).toEqual([7, 32, 33, 34]);
  });
});
