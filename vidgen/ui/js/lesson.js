// The stage of a small training: asks for news of it while it is seen, and draws what comes.
// asking.js and charts.js stand before it.
const $ = (name) => element.querySelector(`.vg-${name}`);
const root = $("lesson");
const canvases = { scene: $("scene"), histogram: $("histogram"), curves: $("curves") };
const SETTINGS = ["data", "examples", "loss", "penalty", "gamma", "critic_rate", "generator_rate",
  "optimizer", "critic_steps", "head_start", "batch", "seed"];
const PATIENCE = 30000; // ms until a server counts as silent
const CLIP_FPS = 8;
const REAL = "--vg-real", MADE = "--vg-generated";

let settings = { ...props.first };
let doing = null; // what the next request does
let seen = 0;
let report = null; // the newest
let state = { running: false, idle: true };
let wanted = false; // a training, that is: something was started
let busy = false;
let shownError = null;
let visible = true;
let pictures = {}; // of clips: bitmaps

const words = () => inLanguage(props.words);

// The controls of the tab say what is set; another preset begins anew.
function ask(request) {
  const anew = request.preset !== settings.preset && state.running;
  settings = { ...settings, ...request };
  speak();
  if (wanted && anew) act("again");
  else if (wanted) work();
}

function act(what) {
  doing = what;
  wanted = true;
  work();
}

async function work() {
  if (busy) return;
  busy = true;
  while (element.isConnected && (doing || (wanted && visible && !document.hidden))) {
    const what = doing ?? "watch";
    doing = null;
    const lesson = Object.fromEntries(SETTINGS.map((name) => [name, settings[name]]));
    let reply;
    try {
      const asked = server.lesson({ do: what, lesson, pace: settings.pace, seen });
      reply = await Promise.race([asked, silence(PATIENCE)]);
    } catch {
      reply = { offline: true };
    }
    await take(reply ?? { offline: true }, what);
  }
  busy = false;
}

async function take(reply, what) {
  if (reply.offline || reply.error) {
    shownError = reply.offline ? "offline" : reply.words;
    state = { running: false, idle: true };
    speak();
    wanted = Boolean(reply.offline || reply.busy);
    if (!wanted) return;
    await new Promise((resolve) => setTimeout(resolve, RETRY));
    if (what !== "watch") doing ??= what;
    return;
  }
  shownError = null;
  state = reply;
  if (reply.idle) {
    wanted = Boolean(doing);
    seen = 0;
  } else {
    seen = reply.number;
  }
  if (reply.diverged) report = { ...report, diverged: true };
  else if (reply.kind) {
    report = reply;
    await unpack(reply);
    root.dataset.reports = Number(root.dataset.reports ?? 0) + 1;
    root.dataset.steps = reply.steps;
    draw();
  }
  speak();
}

async function unpack(reply) {
  for (const name of ["clips", "examples"]) {
    if (!reply[name]) continue;
    const bytes = Uint8Array.from(atob(reply[name]), (c) => c.charCodeAt(0));
    pictures[name]?.close();
    pictures[name] = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  }
}

function percent(value) {
  return `${Math.round(100 * value)} %`;
}

function speak() {
  const say = words();
  const running = state.running;
  for (const button of element.querySelectorAll("[data-do]")) {
    const what = button.dataset.do;
    const key = what === "start" && running ? "pause" : what;
    button.textContent = say[`lesson_${key}`];
    button.title = say[`lesson_${key}_title`];
    button.setAttribute("aria-label", button.title);
  }
  const preset = settings.preset;
  $("story").textContent = say[`preset_${preset}_story`];
  $("mend").textContent = settings.remedy ? say[`preset_${preset}_mended`] ?? "" : "";
  const error = $("error");
  const sentence = shownError === "offline" ? say.offline : inLanguage(shownError) ?? "";
  const told = report?.diverged && !sentence ? say.lesson_diverged : sentence;
  error.hidden = !told;
  if (error.textContent !== told) error.textContent = told;
  $("state").textContent = wanted && !state.ready ? say.lesson_starting
    : filled(say.lesson_steps, { steps: report?.steps ?? 0 });
  const numbers = $("numbers");
  const shown = Object.entries(report?.scores ?? {}).map(([name, value]) => [name, percent(value)]);
  if (report) shown.push(["signal", report.signal.toPrecision(2)]);
  numbers.innerHTML = "";
  for (const [name, value] of shown) {
    const item = document.createElement("div");
    item.dataset.score = name;
    item.title = say[`score_${name}_title`];
    const term = document.createElement("dt"), number = document.createElement("dd");
    term.textContent = say[`score_${name}`];
    number.textContent = value;
    item.append(term, number);
    numbers.append(item);
  }
  for (const name of ["histogram", "curves"]) {
    canvases[name].setAttribute("aria-label", say[`lesson_${name}`]);
    $(`${name}-caption`).textContent = say[`lesson_${name}`];
  }
  const scene = report?.kind === "clips" ? "lesson_scene_clips" : "lesson_scene_points";
  canvases.scene.setAttribute("aria-label", say[scene]);
  $("scene-caption").textContent = say[scene];
  $("key-real").textContent = say.lesson_real;
  $("key-generated").textContent = say.lesson_generated;
  draw();
}

function colour(name) {
  return getComputedStyle(root).getPropertyValue(name).trim();
}

function draw() {
  if (report?.kind === "clips") drawClips();
  else drawPlane();
  const text = colour("--body-text-color");
  if (report?.histogram) drawHistogram(canvases.histogram, report.histogram, colours, text);
  else cleared(canvases.histogram, CHART);
  const lines = [
    { values: report?.curves?.critic ?? [], stroke: colours[0] },
    { values: report?.curves?.generator ?? [], stroke: colours[1], dashed: true },
  ];
  drawCurves(canvases.curves, lines, lines[0].values.length * report?.every, text);
}

// The critic's map, a pixel for each cell: the surer it is, the more colour.
function heatMap() {
  const map = document.createElement("canvas");
  map.width = map.height = report.cells;
  const context = map.getContext("2d");
  report.heat.forEach((value, i) => {
    context.globalAlpha = Math.abs(value - 50) / 50;
    context.fillStyle = colours[value > 50 ? 0 : 1];
    context.fillRect(i % report.cells, report.cells - 1 - Math.floor(i / report.cells), 1, 1);
  });
  return map;
}

function drawPlane() {
  const [context, width] = cleared(canvases.scene, 1);
  context.fillStyle = colour("--vg-paper");
  context.fillRect(0, 0, width, width);
  if (!report?.heat) return;
  context.globalAlpha = 0.45;
  context.drawImage(heatMap(), 0, 0, width, width);
  context.globalAlpha = 1;
  const x = (value) => ((value / report.extent + 1) / 2) * width;
  const y = (value) => ((1 - value / report.extent) / 2) * width;
  const at = (list, i) => [x(list[2 * i]), y(list[2 * i + 1])];
  const lines = report.lines;
  context.strokeStyle = colour("--vg-grid");
  context.lineWidth = Math.max(1, width / 600);
  context.beginPath();
  for (let i = 0; i < lines; i++) {
    for (let j = 0; j < lines; j++) {
      const here = at(report.grid, i * lines + j);
      for (const next of [j + 1 < lines && i * lines + j + 1, i + 1 < lines && (i + 1) * lines + j]) {
        if (next === false) continue;
        context.moveTo(...here);
        context.lineTo(...at(report.grid, next));
      }
    }
  }
  context.stroke();
  const dot = Math.max(2, width / 170);
  // Told apart by form as well as by colour: real ones are round, generated ones square.
  for (const [list, fill, round] of [
    [report.real, colours[0], true],
    [report.generated, colours[1], false],
  ]) {
    context.fillStyle = fill;
    for (let i = 0; i < list.length / 2; i++) {
      const [left, top] = at(list, i);
      context.beginPath();
      if (round) context.arc(left, top, dot, 0, 7);
      else context.rect(left - dot, top - dot, 2 * dot, 2 * dot);
      context.fill();
    }
  }
}

// Four clips in a row: generated ones above, real ones below, all at the same frame.
function drawClips(now = performance.now()) {
  const [context, width] = cleared(canvases.scene, 1.25);
  if (!pictures.clips) return;
  const frame = still.matches ? 0 : Math.floor((now / 1000) * CLIP_FPS) % report.frames;
  context.imageSmoothingEnabled = false;
  const gap = width / 80, side = (width - 3 * gap) / 4;
  const real = Math.min(4, pictures.examples.height / report.side);
  const place = (picture, clip, column, row, edge) => {
    const left = column * (side + gap), top = row * (side + gap);
    context.fillStyle = edge;
    context.fillRect(left, top, side, side);
    const rim = Math.max(2, width / 200), inside = side - 2 * rim, of = report.side;
    context.drawImage(picture, frame * of, clip * of, of, of, left + rim, top + rim, inside, inside);
  };
  for (let i = 0; i < 12; i++) place(pictures.clips, i, i % 4, Math.floor(i / 4), colours[1]);
  for (let i = 0; i < real; i++) place(pictures.examples, i, i, 3.25, colours[0]);
}

let colours = [colour(REAL), colour(MADE)];
let last = -1;
function tick(now) {
  if (!element.isConnected) return;
  const frame = Math.floor((now / 1000) * CLIP_FPS);
  if (report?.kind === "clips" && visible && !document.hidden && !still.matches && frame !== last) {
    last = frame;
    drawClips(now);
  }
  requestAnimationFrame(tick);
}

for (const button of element.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => {
    const what = button.dataset.do;
    act(what === "start" && state.running ? "pause" : what);
  });
}
// Who looks elsewhere is not asked for: the server lets the training rest.
document.addEventListener("visibilitychange", () => work());
new IntersectionObserver((entries) => {
  visible = entries[entries.length - 1].isIntersecting;
  work();
}).observe(root);
new ResizeObserver(draw).observe(root);
new MutationObserver(() => {
  colours = [colour(REAL), colour(MADE)];
  draw();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });

window.vidgen.players[props.tab] = { ask, speak };
if (window.vidgen.requests[props.tab]) ask(window.vidgen.requests[props.tab]);
speak();
requestAnimationFrame(tick);
