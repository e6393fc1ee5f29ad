/** Markdown, as docs/reliability.md has it. */
import type { Figures } from "./measure.ts";

const COLUMNS = [
  "attack",
  "aimed at",
  "attacker: CPU, units/s, kB/s, connections",
  "heads missing",
  "head p50 / p99 ms",
  "/healthz p50 / p99 ms",
  "node, peer sign after restart, s",
  "RSS MB",
  "node CPU",
  "warn, error lines",
  "bar",
];

export function tableHead(): string {
  return `| ${COLUMNS.join(" | ")} |\n|${"---|".repeat(COLUMNS.length)}`;
}

export function tableRow(figures: Figures, misses: readonly string[]): string {
  const { attacker, heads, restartSeconds, peerSeconds } = figures;
  const cells = [
    figures.attack,
    figures.aim,
    [percent(attacker.cpuShare), round(attacker.units), round(attacker.kilobytes), attacker.connections].join(", "),
    `${heads.missing} of ${heads.expected}`,
    `${round(heads.p50Ms)} / ${round(heads.p99Ms)}`,
    `${round(figures.healthP50Ms)} / ${round(figures.healthP99Ms)}`,
    restartSeconds === undefined ? "not measured" : `${seconds(restartSeconds)}, ${seconds(peerSeconds ?? Number.NaN)}`,
    round(figures.rssMegabytes),
    percent(figures.cpuShare),
    `${figures.warnLines}, ${figures.errorLines}`,
    misses.length === 0 ? "held" : misses.join("; "),
  ];
  return `| ${cells.join(" | ")} |`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function round(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en") : "never";
}

function seconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : "> 60";
}
