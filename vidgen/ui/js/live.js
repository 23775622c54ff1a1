// Video that never stops: a few frames at a time, made ahead with the controls as they are. The
// server keeps nothing between two chunks; where one ends, how it looks there and what is wanted
// now say all of the next. player.js, which follows in the same function, paints what is kept here.
const LIVE_SECONDS = 0.32; // of a chunk, and of what is made ahead
const LIVE_FRAMES = [4, 16]; // of a chunk: fewer would cost more than they are worth
const LIVE_KEPT = 250; // frames that one can go back to
const LIVE_SLOWEST = 2; // frames a second of a page that falls behind
const liveButton = element.querySelector(".vg-live");
const liveBar = element.querySelector(".vg-live-bar");
const liveBack = element.querySelector(".vg-back");
const liveSpeed = element.querySelector(".vg-speed");

const live = {
  on: false,
  wanted: null, // what the controls say
  changed: false, // since the last chunk was asked for
  frames: [], // {bitmap, left, top, width, height, time, next, fps, place, settled, reply}
  at: -1, // of them, the one that is shown
  due: 0, // when the next one is to be shown
  asking: false,
  rate: 25, // frames a second, as many as come
  trip: 0.1, // seconds that a chunk takes to come
  back: false,
  speed: 1,
  seen: [], // when the last frames were shown
  model: null,
  pause: 0, // until when a server that has too much to do is left alone
};

const liveFps = () => Math.max(1, Math.min(Number(live.wanted?.fps ?? clip?.fps ?? 25), 60));
const liveAhead = () => live.frames.length - 1 - live.at;
const liveCount = () => {
  const [fewest, most] = LIVE_FRAMES;
  return Math.max(fewest, Math.min(most, Math.ceil(live.rate * LIVE_SECONDS)));
};

function liveSwitch(on) {
  live.on = on;
  root.classList.toggle("vg-endless", on);
  liveBar.hidden = !on;
  liveButton.setAttribute("aria-pressed", on);
  liveForget(0);
  live.at = -1;
  complain(null);
  if (on) {
    live.wanted = newest;
    live.rate = liveFps();
    live.due = performance.now();
    liveRefill();
  } else {
    drawn = -1;
    ask(newest);
    if (clip) draw(performance.now());
  }
  speak();
}

// A control has moved: what is made ahead is thrown away, but for what is seen until new frames
// come, and never in the middle of a glide, or it would jump.
function liveChange(request) {
  live.wanted = request;
  live.changed = true;
  live.pause = 0;
  liveRefill();
}

function liveForget(from) {
  for (const frame of live.frames.splice(from)) liveDrop(frame);
}

function liveDrop(frame) {
  frame.reply.left -= 1;
  if (frame.reply.left === 0) frame.reply.bitmap.close();
}

async function liveRefill() {
  const now = performance.now();
  const enough = !live.changed && liveAhead() >= live.rate * LIVE_SECONDS;
  if (live.asking || !live.on || !live.wanted || now < live.pause || enough) return;
  if (live.changed) {
    let keep = live.at + 1 + Math.ceil(live.trip * live.rate);
    while (keep < live.frames.length && !live.frames[keep].settled) keep += 1;
    liveForget(keep + 1);
    live.changed = false;
  }
  const last = live.frames.at(-1);
  const model = live.wanted.model;
  const begin = last ? Math.max(0, last.time + liveStep()) : clip ? at / clip.fps : 0;
  if (begin === 0 && last && live.back) liveTurn(); // it has come to the beginning
  const fps = live.rate;
  const request = {
    now: live.wanted,
    before: last && live.model === model ? last.place : null,
    start: last ? Math.max(0, last.time + liveStep()) : begin,
    frames: liveCount(),
    fps,
    speed: live.speed,
    back: live.back,
  };
  live.asking = true;
  let reply = null;
  try {
    reply = await Promise.race([server.live(request), silence(PATIENCE)]);
  } catch {}
  if (reply?.grid) await liveTake(reply, request, now);
  else liveRefused(reply);
  live.asking = false;
  if (live.changed) liveRefill();
}

function liveStep() {
  return ((live.back ? -1 : 1) * live.speed) / live.rate;
}

async function liveTake(reply, request, asked) {
  const bitmap = await bitmapOf(reply);
  const seconds = (performance.now() - asked) / 1000;
  live.trip += 0.3 * (seconds - live.trip);
  liveAdapt(request.frames / Math.max(seconds, 0.001));
  if (!live.on) return bitmap.close();
  const kept = { ...reply, bitmap, left: reply.frames };
  for (let i = 0; i < reply.frames; i++) {
    live.frames.push({
      bitmap,
      left: (i % reply.columns) * reply.width,
      top: Math.floor(i / reply.columns) * reply.height,
      width: reply.width,
      height: reply.height,
      time: Math.max(0, request.start + i * reply.step),
      fps: request.fps,
      place: reply.place,
      settled: i >= reply.settled,
      reply: kept,
    });
  }
  const old = Math.min(live.at, live.frames.length - LIVE_KEPT);
  if (old > 0) {
    live.frames.splice(0, old).forEach(liveDrop);
    live.at -= old;
  }
  live.model = request.now.model;
  failures = 0;
  root.dataset.chunks = Number(root.dataset.chunks ?? 0) + 1;
  if (live.at < 0) liveShow(0);
  complain(null);
  liveStrip();
  window.vidgen.showed(props.tab, reply.place);
}

// Whoever falls behind shows fewer frames a second, and asks for fewer.
function liveAdapt(possible) {
  const most = 0.8 * possible;
  if (most < live.rate) live.rate = Math.max(LIVE_SLOWEST, most);
  else live.rate = Math.min(liveFps(), most, live.rate * 1.2 + 0.2);
}

function liveRefused(reply) {
  complain(reply?.words ?? "offline");
  const known = reply?.error && !reply.busy; // nothing but another wish will change it
  if (reply?.busy) live.rate = Math.max(LIVE_SLOWEST, live.rate / 2);
  const pause = reply?.busy ? RETRY : AGAIN[Math.min(failures++, AGAIN.length - 1)];
  live.pause = known ? Infinity : performance.now() + pause;
}

// Called with every picture of the screen: the next frame, if it is its time.
function liveTick(now) {
  const rate = liveFps();
  if (live.rate > rate) live.rate = rate;
  if (playing && held === null) {
    while (now >= live.due && liveAhead() > 0) {
      liveShow(live.at + 1);
      live.due += 1000 / live.frames[live.at].fps;
      live.seen.push(now);
    }
    // What came late is not caught up with.
    if (now - live.due > 100 || liveAhead() <= 0) live.due = Math.max(live.due, now);
  } else live.due = now;
  if (held !== null) liveShow(held);
  live.seen = live.seen.filter((moment) => moment > now - 1000);
  if (now - (live.told ?? 0) > 500) {
    live.told = now;
    liveTell();
  }
  liveRefill();
}

function liveShow(index) {
  live.at = Math.max(0, Math.min(index, live.frames.length - 1));
  const frame = live.frames[live.at];
  if (!frame || frame === live.shown) return;
  live.shown = frame;
  paintStage(frame.reply.pixelArt, (context, side) => {
    const { bitmap, left, top, width, height } = frame;
    context.drawImage(bitmap, left, top, width, height, 0, 0, side, side);
  });
  stage.dataset.time = frame.time.toFixed(3);
  stage.dataset.frame = live.at;
  slider.style.setProperty("--at", (live.at + 0.5) / live.frames.length);
  sayFrame();
}

// The last seconds, side by side.
function liveStrip() {
  const count = Math.min(STRIP_FRAMES, live.frames.length);
  const { width, height } = live.frames[0];
  [strip.width, strip.height] = [count * width, height];
  slider.setAttribute("aria-valuemax", live.frames.length);
  const context = strip.getContext("2d");
  for (let i = 0; i < count; i++) {
    const frame = live.frames[Math.floor(((i + 0.5) * live.frames.length) / count)];
    const { bitmap, left, top } = frame;
    context.drawImage(bitmap, left, top, frame.width, frame.height, i * width, 0, width, height);
  }
}

function liveTell() {
  const words = inLanguage(props.words);
  const frame = live.frames[live.at];
  const told = { shown: live.seen.length, fps: Math.round(liveFps()), seconds: frame?.time.toFixed(1) };
  root.dataset.rate = live.seen.length;
  facts.textContent = frame
    ? filled(words.live_facts, told)
    : words.live_waiting;
}

function liveTurn() {
  live.back = !live.back;
  liveBack.setAttribute("aria-pressed", live.back);
  live.changed = live.frames.length > 0;
}

function liveSpeak(words) {
  const [sign, name] = [liveButton, liveBack].map((button) => button.querySelector("span"));
  sign.textContent = words.live;
  liveButton.title = words.live_info;
  name.textContent = words.live_back;
  for (const [kind, told] of [["before", words.live_before], ["after", words.live_after]]) {
    const button = liveBar.querySelector(`.vg-${kind}`);
    button.title = told;
    button.setAttribute("aria-label", told);
  }
  liveBar.querySelector("label span").textContent = words.live_speed;
  liveSpeed.nextElementSibling.textContent = `${live.speed} ×`;
}

liveButton.addEventListener("click", () => liveSwitch(!live.on));
liveBack.addEventListener("click", () => {
  liveTurn();
  liveRefill();
});
liveBar.querySelector(".vg-before").addEventListener("click", () => stepTo(live.at - 1));
liveBar.querySelector(".vg-after").addEventListener("click", () => stepTo(live.at + 1));
liveSpeed.addEventListener("input", () => {
  live.speed = Number(liveSpeed.value);
  liveSpeed.nextElementSibling.textContent = `${live.speed} ×`;
  if (live.frames.length) liveChange(live.wanted);
});
