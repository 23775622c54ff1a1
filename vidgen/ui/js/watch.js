// How a model learnt: the same seeds at every moment, under the losses; a slider goes through it.
const root = element.querySelector(".vg-watch");
const $ = (name) => element.querySelector(`.vg-${name}`);
const FPS = 8;

let asked = { ...props.first };
let shown = null; // what the server tells of the model, with its picture
let shownError = null;
let round = 0;
let drawn = "";

async function show() {
  const mine = ++round;
  const wanted = () => mine === round && element.isConnected;
  const reply = await answered(() => server.learning(asked.model), wanted, complain);
  if (!reply) return;
  shown?.bitmap.close();
  shown = { ...reply, bitmap: await bitmapOf(reply) };
  const slider = $("step");
  slider.max = reply.clips.length - 1;
  slider.value = slider.max;
  root.dataset.model = asked.model;
  speak();
}

function complain(sentence) {
  shownError = sentence;
  speak();
}

const moment = () => Number($("step").value);

function speak() {
  const words = inLanguage(props.words);
  const error = $("error");
  error.hidden = shownError === null;
  error.textContent = shownError === "offline" ? words.offline : inLanguage(shownError) ?? "";
  if (!shown) return;
  const clips = shown.clips[moment()].toLocaleString("en-US");
  const told = filled(words.watch_moment, { clips });
  $("moment").textContent = told;
  $("step").setAttribute("aria-valuetext", told);
  $("clips").setAttribute("aria-label", filled(words.watch_clips, { clips, seeds: shown.seeds.join(", ") }));
  const names = Object.keys(shown.losses).map((name) => words[`watch_${name}`]);
  const key = [words.watch_losses, ...names].join(" · ");
  $("key").textContent = key;
  $("losses").setAttribute("aria-label", key);
  drawLosses();
  drawn = "";
}

function drawLosses() {
  const style = getComputedStyle(root);
  const colours = ["--vg-real", "--vg-generated"].map((name) => style.getPropertyValue(name).trim());
  const text = style.getPropertyValue("--body-text-color").trim();
  const curves = Object.values(shown.losses);
  const last = Math.max(shown.clips.at(-1), ...curves.flatMap((curve) => curve.map(([at]) => at)));
  const lines = curves.map((points, i) => ({
    points: points.map(([at, value]) => [at / last, value]),
    stroke: colours[i],
    dashed: i > 0,
  }));
  drawCurves($("losses"), lines, last, text, shown.clips[moment()] / last);
}

// The seeds side by side, all at the same frame.
function drawClips(now) {
  const frames = shown.bitmap.width / shown.side;
  const frame = still.matches ? 0 : Math.floor((now / 1000) * FPS) % frames;
  const canvas = $("clips");
  const state = `${frame} ${moment()} ${canvas.clientWidth}`;
  if (state === drawn || !canvas.clientWidth) return;
  drawn = state;
  const [context, width] = cleared(canvas, 1 / shown.seeds.length);
  const of = shown.side, side = width / shown.seeds.length;
  shown.seeds.forEach((_, i) => {
    const row = moment() * shown.seeds.length + i;
    context.drawImage(shown.bitmap, frame * of, row * of, of, of, i * side + 2, 2, side - 4, side - 4);
  });
  canvas.dataset.moment = moment();
}

let wide = 0;
function tick(now) {
  if (!element.isConnected) return round++;
  const seen = root.clientWidth; // none while another step is shown
  if (seen && !shown && !round && asked.model) show();
  if (seen && shown && !document.hidden) {
    if (seen !== wide) drawLosses();
    drawClips(now);
  }
  wide = seen;
  requestAnimationFrame(tick);
}

function ask(request) {
  const other = request.model !== asked.model;
  asked = { ...asked, ...request };
  if (other) show();
}

$("step").addEventListener("input", speak);
window.vidgen.players[props.tab] = { ask, speak };
if (window.vidgen.requests[props.tab]) ask(window.vidgen.requests[props.tab]);
speak();
requestAnimationFrame(tick);
