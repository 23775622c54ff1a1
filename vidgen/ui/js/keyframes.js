// The track of a timeline: keyframes that are moved along the time, by mouse, by finger and by key.
const track = element.querySelector(".vg-track");
const playhead = track.querySelector("i");
const bar = element.querySelector(".vg-chosen");
const moves = Object.fromEntries(
  [...element.querySelectorAll("button[data-do]")].map((each) => [each.dataset.do, each]),
);
const STEP = 0.1; // seconds that an arrow key moves a keyframe; ten times as far with Shift
const GRID = 0.05; // seconds that a dragged one keeps to, and between two of them
const SPAN = 4; // seconds that a track shows at least
const LATEST = Number(element.querySelector(".vg-at").max);

let timeline = { keyframes: [] }; // and way, loop, seconds, fps, size, format, background, job
let chosen = null; // the keyframe that the bar under the track is about
let span = SPAN; // seconds that the track shows; they stay while a keyframe is dragged
let dragged = null;
const handles = new Map(); // by keyframe

const words = () => inLanguage(props.words);
const say = (key, values = {}) => filled(words()[`timeline_${key}`], values);
const first = () => timeline.keyframes[0]?.at ?? 0;

function sort() {
  timeline.keyframes.sort((a, b) => a.at - b.at);
}

// No two are at the same moment: one goes on, the way that it came, to where there is room.
function moveTo(key, seconds) {
  const others = timeline.keyframes.filter((each) => each !== key);
  const taken = (at) => others.some((each) => Math.abs(each.at - at) < GRID - 0.001);
  const way = seconds < key.at ? -1 : 1;
  let at = Number(Math.min(LATEST, Math.max(0, seconds)).toFixed(2));
  while (taken(at)) at = Number((at + way * GRID).toFixed(2));
  if (at < 0 || at > LATEST || at === key.at) return layOut();
  key.at = at;
  sort();
  changed();
}

function swap(key, by) {
  const keys = timeline.keyframes;
  const other = keys[keys.indexOf(key) + by];
  if (!other) return;
  [key.at, other.at] = [other.at, key.at];
  sort();
  changed();
}

function remove(key) {
  const keys = timeline.keyframes;
  const at = keys.indexOf(key);
  keys.splice(at, 1);
  choose(keys[Math.min(at, keys.length - 1)] ?? null);
  changed();
  handles.get(chosen)?.focus();
}

function choose(key) {
  chosen = key;
  layOut();
}

function whatOf({ place }) {
  const seeds = say(place.seed_b === undefined ? "seed" : "seeds", { seed: 0, ...place });
  return [seeds, typeof place.action === "string" ? place.action.replaceAll("_", " ") : ""]
    .filter(Boolean)
    .join(", ");
}

function layOut() {
  const keys = timeline.keyframes;
  if (!keys.includes(chosen)) chosen = keys[0] ?? null;
  if (!dragged) span = Math.max(SPAN, 1.12 * (keys.at(-1)?.at ?? 0), first() + (told?.seconds ?? 0));
  for (const [key, handle] of handles) {
    if (keys.includes(key)) continue;
    handle.remove();
    handles.delete(key);
  }
  keys.forEach((key, i) => {
    const handle = handles.get(key) ?? handleOf(key);
    handle.style.left = `${(100 * key.at) / span}%`;
    handle.classList.toggle("vg-current", key === chosen);
    const values = { number: i + 1, count: keys.length, what: whatOf(key), at: key.at };
    handle.setAttribute("aria-label", say("key", values));
    handle.setAttribute("aria-valuenow", key.at);
    handle.setAttribute("aria-valuetext", say("key", values));
    handle.title = say("key_title");
  });
  const shown = [...track.querySelectorAll(".vg-handle")];
  if (!dragged && keys.some((key, i) => handles.get(key) !== shown[i])) {
    const focused = document.activeElement;
    track.append(...keys.map((key) => handles.get(key)));
    if (track.contains(focused)) focused.focus(); // what is put elsewhere loses it
  }
  bar.hidden = !chosen;
  if (!chosen) return;
  const at = keys.indexOf(chosen);
  const values = { number: at + 1, count: keys.length, what: whatOf(chosen), at: chosen.at };
  bar.querySelector("strong").textContent = say("key", values);
  const field = bar.querySelector(".vg-at");
  if (document.activeElement !== field) field.value = chosen.at;
  moves.earlier.disabled = at === 0;
  moves.later.disabled = at === keys.length - 1;
}

function handleOf(key) {
  const handle = made("div", "vg-handle");
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-valuemin", 0);
  handle.setAttribute("aria-valuemax", LATEST);
  const picture = made("canvas");
  picture.width = picture.height = 1;
  handle.append(picture);
  handle.addEventListener("focus", () => choose(key));
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    dragged = { key, from: event.clientX, at: key.at };
  });
  handle.addEventListener("pointermove", (event) => {
    if (dragged?.key !== key) return;
    const seconds = (span * (event.clientX - dragged.from)) / track.clientWidth;
    if (Math.abs(event.clientX - dragged.from) < 3 && key.at === dragged.at) return;
    moveTo(key, Math.round((dragged.at + seconds) / GRID) * GRID);
  });
  const drop = () => {
    dragged = null;
    layOut();
  };
  handle.addEventListener("pointerup", drop);
  handle.addEventListener("pointercancel", drop);
  handle.addEventListener("keydown", (event) => pressed(event, key));
  handles.set(key, handle);
  track.append(handle);
  return handle;
}

function pressed(event, key) {
  const step = event.shiftKey ? 10 * STEP : STEP;
  const acts = {
    ArrowLeft: () => moveTo(key, key.at - step),
    ArrowDown: () => moveTo(key, key.at - step),
    ArrowRight: () => moveTo(key, key.at + step),
    ArrowUp: () => moveTo(key, key.at + step),
    Home: () => moveTo(key, 0),
    PageUp: () => swap(key, -1),
    PageDown: () => swap(key, 1),
    Delete: () => remove(key),
    Backspace: () => remove(key),
  };
  if (!(event.key in acts) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  acts[event.key]();
}

bar.querySelector(".vg-at").addEventListener("change", (event) => {
  if (chosen && event.target.value !== "") moveTo(chosen, Number(event.target.value));
  layOut();
});
