/** The page of a run: zoom, walk through time, look into a node. */
import { escapeText } from "./escape.js";
import { drawLanes, scaleOf } from "./lanes.js";
import { eventTimes } from "./ledger-at.js";
import { ledgerPanel } from "./ledger-panel.js";
import { clockText, durationText } from "./time-text.js";

/** @import { Timeline } from "../timeline.ts" */
/** @import { Moment, Palette } from "../lanes-view.ts" */

const STEPS = 1000;
const PLAY_STEP_MS = 350;
const NARROWEST_US = 100;

/** @type {Timeline} */
const timeline = JSON.parse(byId("timeline").textContent ?? "");
/** @type {{ moments: Moment[], lieUs: number | null, story: { fromUs: number, toUs: number }, palette: Palette }} */
const given = JSON.parse(byId("view").textContent ?? "");
const times = eventTimes(timeline);
const { palette } = given;
const lanes = byId("lanes");
const slider = /** @type {HTMLInputElement} */ (byId("time"));

let { fromUs, toUs } = given.story;
let atUs = given.moments.find(({ kind }) => kind === "convicted")?.atUs ?? given.moments.at(-1)?.atUs ?? timeline.endUs;
let selected = Math.max(0, firstToKnow());
/** @type {ReturnType<typeof setInterval> | undefined} */
let playing;

/** Who knows most by then, and of these who knew first. */
function firstToKnow() {
  let best = { place: -1, state: -1, atUs: 0 };
  for (const [place, { role, states }] of timeline.nodes.entries()) {
    const last = states.findLast(([from]) => from <= atUs);
    if (role === "client" || last === undefined) continue;
    const [since, state] = last;
    if (state > best.state || (state === best.state && since < best.atUs)) best = { place, state, atUs: since };
  }
  return best.place;
}

function draw() {
  const focused = document.activeElement?.closest("[data-node]")?.getAttribute("data-node");
  const width = Math.max(280, Math.floor(lanes.clientWidth));
  lanes.innerHTML = drawLanes(timeline, {
    fromUs,
    toUs,
    endUs: timeline.endUs,
    width,
    palette,
    moments: given.moments,
    selected,
    id: "lanes",
  });
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
  cursor.id = "cursor";
  lanes.querySelector(".moments")?.before(cursor);
  if (focused !== null && focused !== undefined) {
    /** @type {SVGElement | null} */ (lanes.querySelector(`[data-node="${focused}"]`))?.focus({ preventScroll: true });
  }
  drawCursor();
}

function drawCursor() {
  const scale = scaleOf({ fromUs, toUs, width: lanes.querySelector("svg")?.viewBox.baseVal.width ?? 640 });
  const cursor = byId("cursor");
  const x = String(scale.x(atUs));
  for (const [name, value] of Object.entries({ x1: x, x2: x, y1: "22", y2: "100%" })) cursor.setAttribute(name, value);
  const text = `${clockText(atUs)}${sinceLie(given.lieUs)}`;
  byId("now").textContent = text;
  slider.value = String(Math.round(((atUs - fromUs) / Math.max(1, toUs - fromUs)) * STEPS));
  slider.setAttribute("aria-valuetext", text);
  drawLedger(text);
}

/** @param {number | null} lieUs */
function sinceLie(lieUs) {
  if (lieUs === null) return "";
  const words = durationText(Math.abs(atUs - lieUs));
  return atUs < lieUs ? `, ${words} before the lie` : `, +${words}`;
}

/** @param {string} time in words */
function drawLedger(time) {
  const panel = byId("ledger");
  const select = panel.querySelector("select");
  if (select === null) {
    panel.innerHTML = `<h3><label for="node">Ledger of</label> <select id="node">${options()}</select> <span id="ledger-time"></span></h3><div id="ledger-body"></div>`;
    panel
      .querySelector("select")
      ?.addEventListener("change", ({ target }) => choose(Number(/** @type {HTMLSelectElement} */ (target).value)));
  }
  /** @type {HTMLSelectElement} */ (byId("node")).value = String(selected);
  byId("ledger-time").textContent = `at ${time}`;
  byId("ledger-body").innerHTML = ledgerPanel(timeline, selected, atUs);
}

function options() {
  return ["auditor", "observer", "client"]
    .map((role) => {
      const of = timeline.nodes.flatMap((node, place) =>
        node.role === role ? [`<option value="${place}">${escapeText(node.name)}</option>`] : [],
      );
      return of.length === 0 ? "" : `<optgroup label="${role}s">${of.join("")}</optgroup>`;
    })
    .join("");
}

/** @param {number} place */
function choose(place) {
  selected = place;
  draw();
}

/** @param {number} us */
function goTo(us) {
  atUs = Math.min(timeline.endUs, Math.max(0, us));
  if (atUs >= fromUs && atUs <= toUs) drawCursor();
  else show(atUs - (toUs - fromUs) / 2, atUs + (toUs - fromUs) / 2);
}

/** @param {1 | -1} direction */
function goToEvent(direction) {
  const next = direction > 0 ? times.find((one) => one > atUs) : times.findLast((one) => one < atUs);
  if (next === undefined) stop();
  else goTo(next);
}

/**
 * @param {number} from
 * @param {number} to
 */
function show(from, to) {
  const span = Math.min(timeline.endUs, Math.max(NARROWEST_US, to - from));
  fromUs = Math.round(Math.min(Math.max(0, from), timeline.endUs - span));
  toUs = Math.round(fromUs + span);
  draw();
}

/** @param {number} factor below 1: closer */
function zoom(factor) {
  const centre = Math.min(toUs, Math.max(fromUs, atUs));
  const span = (toUs - fromUs) * factor;
  show(centre - span / 2, centre + span / 2);
}

function stop() {
  clearInterval(playing);
  playing = undefined;
  byId("play").textContent = "Play";
  byId("play").setAttribute("aria-pressed", "false");
}

function play() {
  if (playing !== undefined) return stop();
  if (atUs >= toUs) goTo(fromUs);
  byId("play").textContent = "Pause";
  byId("play").setAttribute("aria-pressed", "true");
  // From event to event in even steps, whatever time lies between; nothing moves on its own before somebody presses the
  // button.
  const many = times.filter((one) => one > fromUs && one <= toUs).length;
  const stride = Math.max(1, Math.ceil(many / 120));
  playing = setInterval(() => {
    for (let i = 0; i < stride; i++) goToEvent(1);
    if (atUs >= toUs) stop();
  }, PLAY_STEP_MS);
}

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

slider.addEventListener("input", () => goTo(Math.round(fromUs + (Number(slider.value) / STEPS) * (toUs - fromUs))));
byId("previous").addEventListener("click", () => goToEvent(-1));
byId("next").addEventListener("click", () => goToEvent(1));
byId("play").addEventListener("click", play);
byId("whole").addEventListener("click", () => show(0, timeline.endUs));
byId("story").addEventListener("click", () => show(given.story.fromUs, given.story.toUs));
byId("closer").addEventListener("click", () => zoom(0.5));
byId("wider").addEventListener("click", () => zoom(2));
lanes.addEventListener("click", (event) => {
  const svg = lanes.querySelector("svg");
  if (svg === null) return;
  const box = svg.getBoundingClientRect();
  const scale = scaleOf({ fromUs, toUs, width: svg.viewBox.baseVal.width });
  const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
  if (x >= scale.left && x <= scale.right) goTo(scale.usAt(x));
  const target = /** @type {Element} */ (event.target);
  const node = target.closest("[data-node]")?.getAttribute("data-node");
  const crowd = target.closest("[data-crowd]")?.getAttribute("data-crowd");
  if (node !== null && node !== undefined) choose(Number(node));
  else if (crowd) choose(timeline.nodes.findIndex(({ role }) => role === crowd));
});
lanes.addEventListener("keydown", (event) => {
  const node = /** @type {Element} */ (event.target).closest("[data-node]")?.getAttribute("data-node");
  const actions = /** @type {Record<string, () => void>} */ ({
    ArrowLeft: () => goToEvent(-1),
    ArrowRight: () => goToEvent(1),
    Home: () => goTo(fromUs),
    End: () => goTo(toUs),
    "+": () => zoom(0.5),
    "-": () => zoom(2),
    ...(node === null || node === undefined
      ? {}
      : { Enter: () => choose(Number(node)), " ": () => choose(Number(node)) }),
  });
  const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
});
new ResizeObserver(() => draw()).observe(lanes);
draw();
