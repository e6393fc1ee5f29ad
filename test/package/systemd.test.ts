/** The unit in config/systemd: what systemd's own judge says of it where there is one, and lines that must stand. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const UNIT = fileURLToPath(new URL("../../config/systemd/coaudit.service", import.meta.url));

/** Of 10; undefined where there is no systemd-analyze, or one that judges no files. */
function exposure(): number | undefined {
  try {
    const text = execFileSync("systemd-analyze", ["security", "--offline=true", UNIT], {
      encoding: "utf8",
      stdio: "pipe",
      env: { ...process.env, SYSTEMD_COLORS: "0" },
    });
    return Number(/exposure level for coaudit\.service: ([\d.]+)/.exec(text)?.[1]);
  } catch {
    return undefined;
  }
}

describe("The unit for systemd", () => {
  const found = exposure();
  if (found === undefined) console.warn("systemd-analyze is missing or too old: the unit's lines alone are tested");

  it.skipIf(found === undefined)("exposes less than 3.0 of 10", () => {
    expect(found).toBeLessThan(3);
  });

  it.each([
    "Type=notify",
    "NotifyAccess=all",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "Restart=on-failure",
    "WatchdogSec=60",
    "StateDirectoryMode=0700",
    "ProtectSystem=strict",
    "NoNewPrivileges=true",
    "CapabilityBoundingSet=",
    "SystemCallFilter=@system-service",
  ])("has the line %s", (line) => {
    expect(readFileSync(UNIT, "utf8").split("\n")).toContain(line);
  });

  it("starts the node itself, and forbids nothing that V8 needs", () => {
    const lines = readFileSync(UNIT, "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith("ExecStart="))).toEqual([
      "ExecStart=/usr/bin/env coaudit run --config /var/lib/coaudit/coaudit.yaml",
    ]);
    expect(lines.filter((line) => line.startsWith("MemoryDenyWriteExecute"))).toEqual([]);
  });
});
