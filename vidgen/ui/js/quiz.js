// Real or generated? One clip at a time; the score beside chance, for as long as the page is open.
const canvas = element.querySelector("canvas");
const $ = (name) => element.querySelector(`.vg-${name}`);
const CERTAIN = 1.96; // standard deviations, for 95 %

let asked = { ...props.first };
let clip = null;
let said = null; // what the visitor took it for: true is real
let truth = null; // {real, seed} of the clip, once something was said
let tally = {}; // by model: {real: [right, all], generated: [right, all]}
let shownError = null;
let round = 0;
let shownFrame = -1;

async function next() {
  const mine = ++round;
  const wanted = () => mine === round && element.isConnected;
  const reply = await answered(() => server.clip({ model: asked.model }), wanted, complain);
  if (!reply) return;
  const bitmap = await bitmapOf(reply);
  clip?.bitmap.close();
  clip = { ...reply, bitmap, model: asked.model };
  said = truth = null;
  shownFrame = -1;
  element.firstElementChild.dataset.clips = Number(element.firstElementChild.dataset.clips ?? 0) + 1;
  speak();
  $("real").focus();
}

// Which it is the server tells only to whoever has said something.
async function say(real) {
  if (!clip || said !== null) return;
  const mine = round;
  const wanted = () => mine === round && element.isConnected;
  said = real;
  speak();
  const reply = await answered(() => server.solution({ riddle: clip.riddle, said }), wanted, complain);
  if (!wanted()) return;
  truth = reply;
  if (!truth) said = null; // it was refused, and may be tried again
  else {
    const of = (tally[clip.model] ??= { real: [0, 0], generated: [0, 0] });
    const counts = of[truth.real ? "real" : "generated"];
    counts[0] += Number(real === truth.real);
    counts[1] += 1;
  }
  speak();
  $("next").focus();
}

// Wilson's interval of a share (Wilson 1927): it holds for few answers, too.
function interval(right, all) {
  const share = right / all, z = CERTAIN ** 2 / all;
  const middle = (share + z / 2) / (1 + z);
  const half = (CERTAIN / (1 + z)) * Math.sqrt((share * (1 - share)) / all + z / (4 * all));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

const percent = (value) => Math.round(100 * value);

function summary(words) {
  return Object.entries(tally).map(([model, { real, generated }]) => {
    const right = real[0] + generated[0], all = real[1] + generated[1];
    const [low, high] = interval(right, all).map(percent);
    const share = percent(right / all);
    const line = filled(words.quiz_score, { model, right, all, share, low, high });
    const certain = low > 50 ? words.quiz_told : high < 50 ? words.quiz_misled : words.quiz_chance;
    const fooled = filled(words.quiz_fooled, { fooled: generated[1] - generated[0], generated: generated[1] });
    return made("li", "", [line, certain, generated[1] ? fooled : ""].filter(Boolean).join(" "));
  });
}

function complain(sentence) {
  shownError = sentence;
  speak();
}

function speak() {
  const words = inLanguage(props.words);
  const open = clip && said === null;
  for (const name of ["real", "generated", "next"]) $(name).textContent = words[`quiz_${name}`];
  if (!clip) $("next").textContent = words.quiz_begin;
  $("real").disabled = $("generated").disabled = !open;
  $("next").disabled = Boolean(clip && !truth);
  canvas.setAttribute("aria-label", words.quiz_clip);
  const told = truth?.real ? words.quiz_was_real : filled(words.quiz_was_generated, { seed: truth?.seed });
  const verdict = said === truth?.real ? words.quiz_right : words.quiz_wrong;
  $("verdict").textContent = truth ? `${verdict} ${told}` : "";
  const error = $("error");
  error.hidden = shownError === null;
  error.textContent = shownError === "offline" ? words.offline : inLanguage(shownError) ?? "";
  $("scores").replaceChildren(...summary(words));
}

function tick(now) {
  if (!element.isConnected) return round++;
  const seen = clip && !document.hidden && canvas.clientWidth;
  const frame = seen ? (still.matches ? 0 : Math.floor((now / 1000) * clip.fps) % clip.frames) : -1;
  if (seen && frame !== shownFrame) paint(canvas, clip, (shownFrame = frame));
  requestAnimationFrame(tick);
}

function ask(request) {
  const other = request.model !== asked.model;
  asked = { ...asked, ...request };
  if (other && clip && !truth) next();
}

$("real").addEventListener("click", () => say(true));
$("generated").addEventListener("click", () => say(false));
$("next").addEventListener("click", next);
window.vidgen.players[props.tab] = { ask, speak };
if (window.vidgen.requests[props.tab]) ask(window.vidgen.requests[props.tab]);
speak();
requestAnimationFrame(tick);
