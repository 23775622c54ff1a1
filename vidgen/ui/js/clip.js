// The stage of a visitor's own clip: sends it, shows what was seen of it beside what comes of it.
const $ = (name) => element.querySelector(`.vg-${name}`);
const root = $("clip");
const canvases = { seen: $("seen"), made: $("result") };
const buttons = Object.fromEntries(
  [...element.querySelectorAll("button[data-do]")].map((each) => [each.dataset.do, each]),
);
const ALIVE = 20000; // ms between two words that this page is still open
const PATIENCE = 90000; // ms until a server counts as silent
const FILMING = 300000; // and while it makes a film, which it says nothing about

let settings = { ...props.first };
const files = { clip: null, checked: null, sound: null }; // names by which the server knows them
const names = { clip: "", checked: "", sound: "" };
let original = null; // the clip as the model sees it
const shown = { seen: null, made: null }; // {bitmap, columns, frames, width, height, fps}
let state = {}; // the newest news of a search
let seen = 0;
let doing = null; // the key of what is waited for, and its values
let running = false;
let shownError = null;
let notes = [];
let saved = null; // links by language
let verdict = null;
let playing = !still.matches;
let clock = performance.now();
let stopped = 0; // ms of it that had been played when it was paused
// A word that tells this page from others of its address.
const session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16)).join("");

const words = () => inLanguage(props.words);

async function call(request) {
  let reply;
  try {
    reply = await Promise.race([server.clip({ ...settings, hole: holeRows(), ...files, ...request }), silence(request.do === "listen" ? FILMING : PATIENCE)]);
  } catch {
    reply = null;
  }
  shownError = !reply ? "offline" : reply.error ? reply.words : null;
  return reply && !reply.error ? reply : null;
}

// The controls of the tab say what is set.
async function ask(request) {
  const model = request.model !== settings.model;
  const before = brings();
  settings = { ...settings, ...request };
  if (brings() !== before) saved = null; // it is of the other
  if (!running && original) put("seen", original);
  speak();
  if (model && files.clip && !running) await look();
}

async function unpacked(clip) {
  return { ...clip, bitmap: await bitmapOf(clip) };
}

function put(which, clip) {
  shown[which] = clip;
  draw();
}

async function look() {
  doing = ["reading", { name: names.clip }];
  [original, notes, saved, state, seen] = [null, [], null, {}, 0];
  hole = new Set();
  put("seen", null);
  put("made", null);
  speak();
  const reply = await call({ do: "look" });
  doing = null;
  if (reply) {
    notes = reply.notes;
    original = await unpacked(reply.seen);
    put("seen", original);
    root.dataset.looks = Number(root.dataset.looks ?? 0) + 1;
  } else {
    files.clip = null;
  }
  speak();
}

async function check() {
  doing = ["checking", { name: names.checked }];
  verdict = null;
  speak();
  verdict = (await call({ do: "check" }))?.check ?? null;
  doing = null;
  speak();
}

async function start() {
  if (brings() === "sound") return listen();
  [running, saved, seen, state] = [true, null, 0, { phase: "waiting" }];
  put("made", null);
  speak();
  await take(await call({ do: "start" }));
  while (running && element.isConnected) await take(await call({ do: "watch", seen }));
}

async function take(reply) {
  running = Boolean(reply) && !reply.idle && reply.phase !== "done";
  if (reply && !reply.idle) {
    state = reply;
    seen = reply.number;
    if (reply.notes) notes = reply.notes;
    if (reply.seen) put("seen", await unpacked(reply.seen));
    if (reply.made) {
      put("made", await unpacked(reply.made));
      root.dataset.made = Number(root.dataset.made ?? 0) + 1;
    }
  } else {
    state = {};
  }
  root.dataset.phase = state.phase ?? "";
  speak();
}

async function place() {
  doing = ["placing", {}];
  speak();
  const reply = await call({ do: "place" });
  doing = null;
  speak();
  if (reply?.place) {
    window.vidgen.open(reply.place);
    scrollTo({ top: 0 });
  }
}

async function save() {
  doing = ["saving", {}];
  speak();
  saved = (await call({ do: "save", format: element.querySelector("select").value }))?.links ?? null;
  doing = null;
  speak();
}

function speak() {
  const say = words();
  for (const each of element.querySelectorAll("[data-say]")) each.textContent = say[each.dataset.say];
  const error = { offline: say.offline, large: say.clip_large }[shownError] ?? inLanguage(shownError) ?? "";
  $("error").hidden = !error;
  $("error").textContent = error;
  const phase = brings() === "clip" && state.phase && !(state.phase === "done" && doing) ? `clip_${state.phase}` : null;
  const line = doing ? filled(say[`clip_${doing[0]}`], doing[1]) : phase ? filled(say[phase], state) : "";
  if ($("state").textContent !== line) $("state").textContent = line;
  const bar = $("progress");
  bar.hidden = !running && doing?.[0] !== "sending";
  bar.setAttribute("aria-label", line);
  bar.value = (doing ? doing[1].percent / 100 : state.done / Math.max(1, state.steps)) || 0;
  const listens = brings() === "sound";
  const field = element.querySelector("[data-drop=clip]");
  field.querySelector("input").accept = listens ? "audio/*,video/*" : "video/*,image/*";
  $("asked").textContent = say[listens ? "clip_drop_sound" : "clip_drop"];
  const painting = settings.task === "repair" && original && !running;
  $("pair").hidden = !shown.seen || listens;
  $("paint").hidden = !painting;
  canvases.seen.tabIndex = painting ? 0 : -1;
  canvases.seen.classList.toggle("vg-paints", Boolean(painting));
  buttons.start.disabled = !files[brings()] || running || Boolean(doing);
  buttons.stop.hidden = !running;
  const over = state.phase === "done" && !listens;
  $("after").hidden = !over;
  for (const name of ["place", "save"]) buttons[name].disabled = Boolean(doing);
  buttons.save.setAttribute("aria-label", say.clip_save);
  element.querySelector("select").setAttribute("aria-label", say.clip_save);
  const [seenWords, madeWords] = [...element.querySelectorAll("figcaption")];
  seenWords.textContent = say.clip_seen;
  const known = typeof state.psnr === "number";
  madeWords.textContent = known ? filled(say.clip_made_db, { psnr: state.psnr.toFixed(1) }) : say.clip_made;
  canvases.seen.setAttribute("aria-label", say.clip_seen);
  canvases.made.setAttribute("aria-label", say.clip_made);
  const clipLines = [...(over && state.said ? [state.said] : []), ...notes];
  const lines = (listens ? heard : clipLines).map(inLanguage);
  $("notes").replaceChildren(...lines.map((text) => made("p", "", text)));
  $("verdict").textContent = verdict ? inLanguage(verdict) : "";
  $("toggle").hidden = !shown.seen || listens;
  $("toggle").textContent = playing ? "❚❚" : "▶";
  $("toggle").setAttribute("aria-label", say.play);
  const file = saved ? inLanguage(saved) : "";
  if ($("file").dataset.shows !== file) {
    $("file").dataset.shows = file;
    $("file").innerHTML = file; // the server's own, escaped there
  }
  draw();
}

function draw() {
  const time = (playing ? performance.now() - clock : stopped) / 1000;
  for (const [which, canvas] of Object.entries(canvases)) {
    if (canvas.width !== SIDE) canvas.width = canvas.height = SIDE;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    const clip = shown[which];
    if (!clip) continue;
    const frame = Math.floor(time * clip.fps) % clip.frames;
    const [x, y] = [frame % clip.columns, Math.floor(frame / clip.columns)];
    context.imageSmoothingEnabled = clip.width > 48;
    context.drawImage(clip.bitmap, x * clip.width, y * clip.height, clip.width, clip.height, 0, 0, SIDE, SIDE);
    if (which === "seen" && settings.task === "repair" && clip === original) paintHole(context);
  }
}

const acts = {
  start,
  stop: () => call({ do: "stop", seen: Number.MAX_SAFE_INTEGER }),
  place,
  save,
  unpaint: () => {
    hole = new Set();
    root.dataset.hole = 0;
    if (original) put("seen", original);
  },
};
for (const [name, button] of Object.entries(buttons)) button.addEventListener("click", acts[name]);
$("toggle").addEventListener("click", () => {
  if (playing) stopped = performance.now() - clock;
  else clock = performance.now() - stopped;
  playing = !playing;
  speak();
});

let last = "";
function frame() {
  if (!element.isConnected) return;
  if (playing && !document.hidden && root.offsetParent && shown.seen) {
    const now = Object.values(shown).map((clip) =>
      clip && Math.floor(((performance.now() - clock) / 1000) * clip.fps)).join();
    if (now !== last) draw(); // a clip has fewer frames a second than a screen
    last = now;
  }
  requestAnimationFrame(frame);
}

// The server deletes what is here when nobody says any more that this page is open.
const alive = setInterval(() => {
  if (!element.isConnected) return clearInterval(alive);
  if (Object.values(files).some(Boolean) && !running && !doing) server.clip({ do: "watch", ...files, seen }).catch(() => {});
}, ALIVE);
addEventListener("pagehide", () => {
  if (Object.values(files).some(Boolean)) server.clip({ do: "end", ...files }).catch(() => {});
});

window.vidgen.players[props.tab] = { ask, speak };
if (window.vidgen.requests[props.tab]) ask(window.vidgen.requests[props.tab]);
speak();
requestAnimationFrame(frame);
