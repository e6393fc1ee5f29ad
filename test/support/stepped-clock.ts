/** The wall clock of a real process, set while it runs: libfaketime (Debian's package of that name) does it. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LIBRARY = "faketime/libfaketimeMT.so.1";

function findLibrary(): string | undefined {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  return folders.map((name) => join("/usr/lib", name, LIBRARY)).find((path) => existsSync(path));
}

/** Says so when it cannot. */
export function canStepClocks(): boolean {
  if (findLibrary() !== undefined) return true;
  console.warn("SKIPPED: a clock that is set is not tested with real processes, since libfaketime is not installed");
  return false;
}

export class SteppedClock {
  readonly #file: string;

  /** `file`: where it keeps what the clock is off. */
  constructor(file: string) {
    this.#file = file;
    this.set(0);
  }

  /** For processes that are to have this clock. Time that has passed, and the times of files, stay as they are. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: findLibrary() ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    };
  }

  /** From now on it is off by so many seconds, in processes that run, too. */
  set(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}`);
  }
}
