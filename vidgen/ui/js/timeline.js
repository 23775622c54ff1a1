// The stage of a timeline: plays what it will be, and has its file made while one goes on working.
const stage = element.querySelector(".vg-stage canvas");
const moment = element.querySelector(".vg-moment");
const facts = element.querySelector(".vg-facts");
const error = element.querySelector(".vg-error");
const root = element.querySelector(".vg-player");
const fields = [...element.querySelectorAll(".vg-choices [name]")];
const AHEAD = 64; // frames that are drawn before they are due
const MOST_CHUNKS = 64; // that are held: forty seconds of a clip

let told = null; // what the server says of the timeline: {timeline, frames, fps, seconds, alpha}
let chunks = []; // the frames that are here: {start, frames, bitmap, ...}
const pictures = new Map(); // of keyframes, by what their places are as JSON
let at = 0; // the frame that is shown, and how much of its time has passed
let before = performance.now();
let looked = true; // whether the server has been told of the newest timeline
let busy = false;
let shownError = null;
let remarks = [];

function written() {
  const { way, loop, seconds, fps, size, background, keyframes } = timeline;
  const all = { vidgen: 1, way, loop, seconds: loop ? seconds : null, fps, size, background };
  const said = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(said), keyframes };
}

// Begins with what was kept; a player of another tab may have added to it.
function ask() {
  const kept = window.vidgen.settings(props.tab) ?? window.vidgen.keptSettings(props.tab) ?? {};
  const usual = Object.fromEntries(fields.map((each) => [each.name, valueOf(each)]));
  timeline = { ...usual, loop: false, seconds: null, fps: null, job: null, ...kept };
  timeline.keyframes = (Array.isArray(kept.keyframes) ? kept.keyframes : []).filter(
    (each) => typeof each?.at === "number" && each.place,
  );
  sort();
  fill();
  changed(false);
  if (timeline.job && !phase) watch();
}

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type === "number" || field.name === "size") return field.value === "" ? null : Number(field.value);
  return field.value;
}

function fill() {
  for (const field of fields) {
    const value = timeline[field.name];
    if (field.type === "checkbox") field.checked = value === true;
    else field.value = value ?? "";
  }
}

function changed(keep = true) {
  if (keep) window.vidgen.store(props.tab, timeline);
  round++;
  looked = false;
  layOut();
  speak();
  work();
}

// One question at a time: first what the timeline is, then the frames that come next, then pictures.
async function work() {
  if (busy) return;
  busy = true;
  while (element.isConnected && (await step()));
  busy = false;
}

async function step() {
  const mine = round;
  const wanted = () => mine === round && element.isConnected;
  const request = { timeline: written() };
  if (!looked && timeline.keyframes.length < 2) {
    looked = true;
    forget(null);
    complain(null);
    return true;
  }
  if (!looked) {
    const reply = await answered(() => server.timeline({ ...request, do: "look" }), wanted, complain);
    if (!wanted()) return true; // there is a newer one
    looked = true;
    forget(reply);
    return Boolean(reply);
  }
  const start = missing();
  if (start !== null) {
    const reply = await answered(() => server.timeline({ ...request, do: "draw", start }), wanted, complain);
    if (!reply) return mine !== round;
    const bitmap = await bitmapOf(reply);
    if (mine !== round) return bitmap.close() ?? true;
    chunks.push({ ...reply, bitmap });
    if (chunks.length > MOST_CHUNKS) chunks.shift().bitmap.close();
    root.dataset.chunks = Number(root.dataset.chunks ?? 0) + 1;
    show();
    return true;
  }
  const key = timeline.keyframes.find(({ place }) => !pictures.has(JSON.stringify(place)));
  if (!key) return false;
  const reply = await answered(() => server.timeline({ do: "picture", place: key.place }), wanted, () => {});
  const clip = reply ? { ...reply, bitmap: await bitmapOf(reply) } : null;
  if (reply || mine === round) pictures.set(JSON.stringify(key.place), clip);
  paintKeys();
  return true;
}

function forget(reply) {
  const moved = reply && told && reply.frames !== told.frames ? at / told.fps : null;
  told = reply;
  chunks.forEach((chunk) => chunk.bitmap.close());
  chunks = [];
  if (moved !== null) at = moved * told.fps; // the same moment
  if (!told || at >= told.frames) at = 0;
  root.dataset.frames = told?.frames ?? 0;
  layOut();
  speak();
  paintKeys();
}

function chunkOf(frame) {
  return chunks.find(({ start, frames }) => start <= frame && frame < start + frames);
}

// The first frame from the one that is shown on that is not here, as far as it matters.
function missing() {
  if (!told) return null;
  const whole = Math.min(AHEAD, told.frames);
  for (let gone = 0; gone < whole; ) {
    const frame = (Math.floor(at) + gone) % told.frames;
    const chunk = chunkOf(frame);
    if (!chunk) return frame;
    gone += chunk.start + chunk.frames - frame;
  }
  return null;
}

function show() {
  if (!told) return stage.getContext("2d").clearRect(0, 0, stage.width, stage.height);
  const frame = Math.min(Math.floor(at), told.frames - 1);
  const chunk = chunkOf(frame);
  if (!chunk) return;
  paint(stage, chunk, frame - chunk.start);
  stage.dataset.frame = frame;
  moment.value = frame;
  playhead.style.left = `${(100 * (first() + frame / told.fps)) / span}%`;
  tell(frame);
}

function tell(frame) {
  const count = timeline.keyframes.length;
  const now = told && (frame / told.fps).toFixed(1);
  const fps = told && Math.round(told.fps * 100) / 100;
  const seconds = told && Math.round(told.seconds * 100) / 100;
  facts.textContent = told
    ? say("facts", { now, seconds, frames: told.frames, fps })
    : count < 2 ? say(count ? "one" : "empty") : "";
  moment.setAttribute("aria-valuetext", now ?? "0");
}

function draw(now) {
  const passed = Math.min(100, now - before) / 1000;
  before = now;
  if (!told) return;
  const next = (at + passed * told.fps) % told.frames;
  if (chunkOf(Math.floor(next))) at = next; // or else it waits for it
  show();
  if (!busy && missing() !== null && shownError === null) work();
}

function paintKeys() {
  for (const [key, handle] of handles) {
    const clip = pictures.get(JSON.stringify(key.place));
    if (clip) paint(handle.querySelector("canvas"), clip, 0);
  }
}

function complain(sentence) {
  shownError = sentence;
  speak();
}

function save() {
  const { format, job, ...kept } = { ...timeline, ...told?.timeline };
  const url = URL.createObjectURL(new Blob([JSON.stringify(told ? told.timeline : kept)], { type: "application/json" }));
  const link = made("a");
  [link.href, link.download] = [url, "timeline.json"];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function load(chosenFile) {
  remarks = [];
  if (chosenFile.size > 4 * props.most) return complain("huge");
  let reply = null;
  try {
    reply = await server.timeline({ do: "look", timeline: JSON.parse(await chosenFile.text()) });
  } catch {}
  if (!reply?.timeline) return complain(reply?.words ?? "strange");
  const { vidgen, ...values } = reply.timeline;
  timeline = { ...timeline, seconds: null, fps: null, ...values };
  fill();
  changed();
  remarks = reply.remarks;
  speak();
}

function speak() {
  const all = words();
  for (const each of element.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  const sentence = { offline: all.offline, huge: say("huge"), strange: say("strange") }[shownError] ?? inLanguage(shownError);
  error.hidden = !sentence && !remarks.length;
  const line = [sentence, ...remarks.map(inLanguage)].filter(Boolean).join(" ");
  if (error.textContent !== line) error.textContent = line;
  for (const [part, key] of [[stage, "stage"], [moment, "position"], [track, "keys"]]) {
    part.setAttribute("aria-label", say(key));
  }
  toggle.setAttribute("aria-label", all.play);
  for (const name of ["earlier", "later"]) {
    moves[name].title = say(name);
    moves[name].setAttribute("aria-label", say(name));
  }
  window.vidgen.label(element);
  moment.max = Math.max(0, (told?.frames ?? 1) - 1);
  for (const each of element.querySelectorAll("[data-if]")) {
    each.hidden = each.dataset.if === "loop" ? !timeline.loop : !told?.alpha;
  }
  const [length, rate] = ["seconds", "fps"].map((name) => fields.find((each) => each.name === name));
  length.placeholder = told ? Math.round(told.seconds * 100) / 100 : "";
  rate.placeholder = told ? Math.round(told.fps * 100) / 100 : "";
  moves.save.disabled = !told;
  moves.clear.disabled = !timeline.keyframes.length;
  speakOfFile(all);
  tell(Math.floor(at));
  layOut();
}

const acts = {
  render, cancel, save,
  earlier: () => swap(chosen, -1),
  later: () => swap(chosen, 1),
  open: () => window.vidgen.open(JSON.stringify(chosen.place)),
  remove: () => remove(chosen),
  clear: () => {
    timeline.keyframes = [];
    changed();
  },
};
for (const [name, button] of Object.entries(moves)) button.addEventListener("click", acts[name]);
for (const field of fields) {
  field.addEventListener("change", () => {
    timeline[field.name] = valueOf(field);
    changed();
  });
}
moment.addEventListener("input", () => {
  at = Number(moment.value);
  show();
  work();
});
element.querySelector("input[type=file]").addEventListener("change", (event) => {
  if (event.target.files[0]) load(event.target.files[0]);
  event.target.value = "";
});
play(stage, () => {
  show();
  paintKeys();
});
