// The canvas player: asks for small clips while sliders move and plays them without any video.
const stage = element.querySelector(".vg-stage canvas");
const strip = element.querySelector(".vg-strip canvas");
const slider = element.querySelector(".vg-strip");
const toggle = element.querySelector(".vg-toggle");
const copy = element.querySelector(".vg-copy");
const add = element.querySelector(".vg-add");
const facts = element.querySelector(".vg-facts");
const origin = element.querySelector(".vg-origin");
const error = element.querySelector(".vg-error");
const root = element.querySelector(".vg-player");
const PATIENCE = 60000; // ms until a server counts as silent
const AGAIN = [1000, 2000, 4000, 8000]; // ms until a server that did not answer is asked again
const DRAFT = 16; // frames that come first, of a clip that has more

let clip = null; // {bitmap, columns, frames, width, height, fps, origin, engine, milliseconds}
let playing = !still.matches; // nothing moves by itself for those who want it still
let visible = true;
let held = null; // the frame that a finger on the strip holds
let clock = performance.now(); // when frame 0 was shown; kept from clip to clip, so motion goes on
let drawn = -1;
let at = 0; // the frame that is shown, or was
let shownError = null; // "offline", or the server's sentence in each language
let failures = 0; // of the server, one after another
let later = null; // the timer of the next attempt

// Only the newest request counts: one is in flight, one waits, the ones between are forgotten.
let newest = null; // what was asked for last
let waiting = null;
let busy = false;
let last = "";
let drafted = ""; // what a draft was shown of: a few frames, which come sooner than all

function ask(request) {
  newest = request;
  if (live.on) return liveChange(request);
  waiting = request;
  clearTimeout(later);
  if (!busy) work();
}

// A server that comes back is found by itself; a newer request goes first.
function askLater(request) {
  const pause = AGAIN[Math.min(failures, AGAIN.length - 1)];
  failures += 1;
  clearTimeout(later);
  later = setTimeout(() => element.isConnected && !waiting && ask(request), pause);
}

async function work() {
  busy = true;
  while (waiting) {
    const request = waiting;
    waiting = null;
    const text = JSON.stringify(request);
    if (text === last) continue;
    const started = performance.now();
    const quick = clip?.frames > DRAFT && text !== drafted;
    let reply;
    try {
      const wanted = quick ? { ...request, start: at } : request;
      reply = await Promise.race([server.draw(wanted), silence(PATIENCE)]);
    } catch {
      reply = { offline: true };
    }
    if (reply?.grid) {
      failures = 0;
      const whole = reply.frames === reply.total;
      await show(reply, started, whole, text === drafted);
      if (whole) last = text;
      else {
        drafted = text;
        waiting ??= request;
      }
    } else {
      last = "";
      complain(reply?.words ?? "offline");
      if (reply?.busy) {
        await new Promise((resolve) => setTimeout(resolve, RETRY));
        waiting ??= request;
      } else if (!reply?.error) {
        askLater(request);
      }
    }
  }
  busy = false;
}

// A draft is a few of a clip's frames, from the one on that is on the screen.
async function show(reply, started, whole, afterDraft) {
  const bitmap = await bitmapOf(reply);
  clip?.bitmap.close();
  const waited = afterDraft ? clip?.milliseconds : null;
  clip = { ...reply, bitmap, tiles: reply.frames, frames: reply.total };
  drawn = -1;
  if (whole && !live.on) drawStrip();
  if (!live.on) draw(performance.now());
  clip.milliseconds = waited ?? Math.round(performance.now() - started);
  const count = whole ? "clips" : "drafts";
  root.dataset[count] = Number(root.dataset[count] ?? 0) + 1;
  root.dataset.milliseconds = clip.milliseconds;
  complain(null);
  speak();
  if (whole) window.vidgen.showed(props.tab, reply.place);
}

function complain(sentence) {
  shownError = sentence;
  root.classList.toggle("vg-stale", sentence !== null);
  speak();
}

function speak() {
  const words = inLanguage(props.words);
  error.hidden = shownError === null;
  const sentence = shownError === "offline" ? words.offline : inLanguage(shownError) ?? "";
  if (error.textContent !== sentence) error.textContent = sentence;
  toggle.setAttribute("aria-label", words.play);
  stage.setAttribute("aria-label", words[props.tab]);
  copy.setAttribute("aria-label", words.copy);
  copy.title = words.copy;
  add.setAttribute("aria-label", words.timeline_add);
  add.title = words.timeline_add;
  slider.title = live.on ? words.live_strip : words.strip;
  slider.setAttribute("aria-label", slider.title);
  liveSpeak(words);
  sayFrame();
  window.vidgen.label(element);
  const shown = live.on ? live.shown?.reply : clip;
  if (shown) {
    const from = `${words.weights} ${inLanguage(shown.origin)}`;
    origin.textContent = `${from} · ${words.engine} ${shown.engine}`;
  }
  if (live.on) {
    liveTell();
  } else if (clip) {
    const fps = Math.round(clip.fps * 100) / 100;
    facts.textContent = filled(words.facts, { ...clip, fps });
  } else {
    facts.textContent = shownError === null ? words.waiting : "";
  }
}

// How many frames there are to step through.
function length() {
  return live.on ? live.frames.length : clip?.frames ?? 0;
}

function frameAt(now) {
  if (held !== null) return Math.min(held, clip.frames - 1);
  if (!playing) return Math.min(at, clip.frames - 1);
  return Math.floor(((now - clock) / 1000) * clip.fps) % clip.frames;
}

function paintTile(context, frame, x, y, width, height) {
  const tile = Math.max(0, Math.min(frame - clip.start, clip.tiles - 1));
  const left = (tile % clip.columns) * clip.width;
  const top = Math.floor(tile / clip.columns) * clip.height;
  context.drawImage(clip.bitmap, left, top, clip.width, clip.height, x, y, width, height);
}

function draw(now) {
  const frame = frameAt(now);
  if (frame === drawn) return;
  drawn = at = frame;
  paintStage(clip.pixelArt, (context, side) => paintTile(context, frame, 0, 0, side, side));
  stage.dataset.frame = frame;
  slider.style.setProperty("--at", (frame + 0.5) / clip.frames);
  sayFrame();
}

function paintStage(pixelArt, paints) {
  const side = Math.min(1024, Math.round(stage.clientWidth * devicePixelRatio)) || 512;
  if (stage.width !== side) stage.width = stage.height = side;
  const context = stage.getContext("2d");
  context.imageSmoothingEnabled = !pixelArt;
  context.imageSmoothingQuality = "high";
  context.clearRect(0, 0, side, side);
  paints(context, side);
}

function tick(now) {
  if (!element.isConnected) return; // the tab was taken down: end with it
  const seen = visible && !document.hidden;
  if (seen && live.on) liveTick(now);
  else if (seen && clip && (playing || held !== null)) draw(now);
  requestAnimationFrame(tick);
}

function setPlaying(on) {
  if (!length()) return;
  const now = performance.now();
  // Goes on from the frame that is shown.
  if (on && clip) clock = now - ((at + 0.01) / clip.fps) * 1000;
  playing = on;
  showPlaying();
}

function showPlaying() {
  toggle.textContent = playing ? "❚❚" : "▶";
  toggle.setAttribute("aria-pressed", playing);
  sayFrame();
}

// The answer stands where the clip's facts are, for a moment.
async function copyLink() {
  const place = window.vidgen.place(props.tab);
  if (!place) return;
  const words = inLanguage(props.words);
  const done = await window.vidgen.copyLink(place);
  facts.textContent = done ? words.copied : words.not_copied;
  setTimeout(speak, 2500);
}

function addKeyframe() {
  const place = window.vidgen.place(props.tab);
  if (!place) return;
  const [key, values] = window.vidgen.addKeyframe(place, props.keyframes);
  facts.textContent = filled(inLanguage(props.words)[key], values);
  setTimeout(speak, 2500);
}

copy.addEventListener("click", copyLink);
add.addEventListener("click", addKeyframe);
toggle.addEventListener("click", () => setPlaying(!playing));
stage.addEventListener("click", () => setPlaying(!playing));
strip.addEventListener("pointerdown", (event) => {
  strip.setPointerCapture(event.pointerId);
  hold(event);
});
strip.addEventListener("pointermove", hold);
strip.addEventListener("pointerup", release);
strip.addEventListener("pointercancel", release);
slider.addEventListener("keydown", step);
new IntersectionObserver((entries) => {
  visible = entries[entries.length - 1].isIntersecting;
}).observe(stage);
new ResizeObserver(() => {
  drawn = -1; // a canvas that changes its size has to be painted again, even while it is paused
  live.shown = null;
  if (live.on) liveShow(live.at);
  else if (clip) draw(performance.now());
}).observe(stage);

// The controls speak to the player of their tab through page.js; what they said before the player
// was there is waiting for it. If settings were kept, or
// the address has a place, the controls will soon speak of those.
window.vidgen.players[props.tab] = { ask, speak };
speak();
showPlaying();
const request = window.vidgen.requests[props.tab] ?? props.first;
const other = window.vidgen.keptSettings(props.tab) || window.vidgen.arriving === props.tab;
if (request !== props.first || !other) ask(request);
requestAnimationFrame(tick);
