/** Times in words and on axes. Times are microseconds. */

const MS = 1e3;
const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * `152 ms`, `4.41 s`, `3 min 20 s`
 * @param {number} us
 * @returns {string}
 */
export function durationText(us) {
  if (us < 0) return `−${durationText(-us)}`;
  if (us === 0) return "0 s";
  if (us < MS) return `${us} µs`;
  if (us < SECOND) return `${significant(us / MS)} ms`;
  if (us < 2 * MINUTE) return `${significant(us / SECOND)} s`;
  if (us < 2 * HOUR) return twoUnits(us, MINUTE, "min", SECOND, "s");
  if (us < 2 * DAY) return twoUnits(us, HOUR, "h", MINUTE, "min");
  return twoUnits(us, DAY, "d", HOUR, "h");
}

/**
 * A point in time, to the millisecond: `61.190 s`, `1:02:03.250`
 * @param {number} us
 * @returns {string}
 */
export function clockText(us) {
  const ms = Math.round(us / MS);
  if (us < 10 * MINUTE) return `${(ms / 1000).toFixed(3)} s`;
  const seconds = ((ms / 1000) % 60).toFixed(3).padStart(6, "0");
  const minutes = String(Math.floor(ms / 60_000) % 60).padStart(2, "0");
  return `${Math.floor(ms / 3_600_000)}:${minutes}:${seconds}`;
}

/**
 * Three digits that matter, without zeros at the end.
 * @param {number} value
 */
function significant(value) {
  return String(Number(value.toPrecision(value >= 100 ? 4 : 3)));
}

/**
 * @param {number} us
 * @param {number} large
 * @param {string} largeName
 * @param {number} small
 * @param {string} smallName
 */
function twoUnits(us, large, largeName, small, smallName) {
  const smalls = Math.round(us / small);
  const perLarge = large / small;
  const rest = smalls % perLarge;
  return `${Math.floor(smalls / perLarge)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => n * DAY),
];

/**
 * Round times between two, at most about `count`.
 * @param {number} fromUs
 * @param {number} toUs
 * @param {number} count
 * @returns {{atUs: number, text: string}[]}
 */
export function timeTicks(fromUs, toUs, count) {
  const step = STEPS.find((one) => (toUs - fromUs) / one <= count) ?? DAY * 1000;
  const ticks = [];
  for (let atUs = Math.ceil(fromUs / step) * step; atUs <= toUs; atUs += step)
    ticks.push({ atUs, text: tickText(atUs, step) });
  return ticks;
}

/**
 * As many digits as the step needs, all in one unit.
 * @param {number} atUs
 * @param {number} step
 */
function tickText(atUs, step) {
  if (atUs === 0) return "0";
  if (step >= DAY) return `${atUs / DAY} d`;
  if (step >= HOUR) return `${atUs / HOUR} h`;
  if (step >= MINUTE) return `${atUs / MINUTE} min`;
  if (step >= SECOND) return `${atUs / SECOND} s`;
  const digits = Math.min(6, Math.ceil(Math.log10(SECOND / step)));
  return `${(atUs / SECOND).toFixed(digits)} s`;
}
