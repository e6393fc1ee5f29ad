/**
 * `9,999 bytes`, `71.2 kB`, `4.5 MB`: of thousands, as everywhere in these reports and on the screen of
 * a run.
 */
export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes).toLocaleString("en-US")} bytes`;
  return bytes < 1e6 ? `${oneDigit(bytes / 1e3)} kB` : `${oneDigit(bytes / 1e6)} MB`;
}

/** 30, 1.5 */
function oneDigit(value: number): string {
  return String(Number(value.toFixed(1)));
}
