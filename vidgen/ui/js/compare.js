// The models of one data set side by side: the same seed, and all at the same moment.
const root = element.querySelector(".vg-player");
const list = element.querySelector(".vg-rivals");
const facts = element.querySelector(".vg-facts");
const error = element.querySelector(".vg-error");

let asked = { ...props.first };
let shownData = null;
let rivals = []; // what the server tells of each model, with its card and its clip
let shownError = null;
let shown = 0; // clips since the beginning

async function ask(request) {
  const mine = ++round;
  const wanted = () => mine === round && element.isConnected;
  asked = { ...asked, ...request };
  if (asked.data !== shownData) {
    const reply = await answered(() => server.models(asked.data), wanted, complain);
    if (!reply) return;
    shownData = asked.data;
    layOut(reply.models);
  }
  root.dataset.drawn = 0;
  for (const rival of rivals) {
    const clip = { model: rival.model, seed: asked.seed, action: asked.action };
    const told = (sentence) => {
      rival.error = sentence;
      speak();
    };
    const reply = await answered(() => server.draw(clip), wanted, told);
    if (!wanted()) return;
    if (reply) await show(rival, reply);
    root.dataset.drawn = Number(root.dataset.drawn) + 1;
    speak();
  }
}

async function show(rival, reply) {
  const bitmap = await bitmapOf(reply);
  rival.clip?.bitmap.close();
  rival.clip = { ...reply, bitmap, number: ++shown };
  draw();
}

function layOut(models) {
  rivals.forEach((rival) => rival.clip?.bitmap.close());
  list.replaceChildren();
  rivals = models.map((model) => {
    const card = made("li", "vg-rival");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    const take = made("button", "vg-take");
    take.type = "button";
    const rival = { ...model, card, canvas, take, error: null, clip: null };
    take.addEventListener("click", () => {
      const { seed, action } = asked;
      window.vidgen.take("generate", { model: rival.model, seed, action, own_motion: false });
    });
    const sentence = made("p", "vg-error");
    sentence.setAttribute("role", "alert");
    card.append(made("h3"), made("p", "vg-name", model.model), canvas, sentence);
    card.append(made("dl"), made("p", "vg-time"), made("p", "vg-bad"), take);
    list.append(card);
    return rival;
  });
  speak();
}

function complain(sentence) {
  shownError = sentence;
  speak();
}

function said(sentence) {
  return sentence === "offline" ? inLanguage(props.words).offline : inLanguage(sentence) ?? "";
}

// The numbers of a model as [name, value, explanation].
function numbers(rival, words) {
  const number = (value, digits) =>
    value.toLocaleString("en-US", { maximumSignificantDigits: digits });
  const told = (value, unit) => (unit === "share" ? `${number(100 * value, 3)} %` : number(value, 3));
  const rows = [[words.rival_size, number(rival.parameters, 3), words.rival_size_title]];
  const hours = rival.hours === null ? "" : filled(words.rival_hours, { hours: number(rival.hours, 2) });
  const clips = rival.clips === null ? "" : filled(words.rival_clips, { clips: number(rival.clips, 6) });
  const training = [clips, hours].filter(Boolean).join(words.rival_and) || words.rival_unknown;
  rows.push([words.rival_training, training, words.rival_training_title]);
  if (rival.clip) {
    const speed = { milliseconds: number(rival.clip.milliseconds, 2) };
    rows.push([words.rival_speed, filled(words.rival_took, speed), words.rival_speed_title]);
  }
  for (const { name, unit, value, real } of rival.scores) {
    const beside = real === null ? "" : filled(words.rival_real, { real: told(real, unit) });
    rows.push([words[`rival_${name}`], told(value, unit) + beside, words[`rival_${name}_title`]]);
  }
  return rows;
}

function speak() {
  const words = inLanguage(props.words);
  toggle.setAttribute("aria-label", words.play);
  window.vidgen?.label(element);
  error.hidden = shownError === null;
  if (error.textContent !== said(shownError)) error.textContent = said(shownError);
  const done = rivals.filter((rival) => rival.clip).length;
  const counts = { done, all: rivals.length, seed: asked.seed };
  facts.textContent = rivals.length ? filled(words.rivals_shown, counts) : "";
  for (const rival of rivals) {
    const { card, canvas, take } = rival;
    const known = words[`family_${rival.kind}`] !== undefined;
    const name = known ? words[`family_${rival.kind}`] : rival.kind;
    card.querySelector("h3").textContent = name;
    const which = { name, model: rival.model, seed: asked.seed };
    canvas.setAttribute("aria-label", filled(words.rival_clip, which));
    const sentence = card.querySelector(".vg-error");
    sentence.hidden = rival.error === null;
    if (sentence.textContent !== said(rival.error)) sentence.textContent = said(rival.error);
    card.querySelector("dl").replaceChildren(
      ...numbers(rival, words).map(([term, value, title]) => {
        const row = made("div");
        row.title = title;
        row.append(made("dt", "", term), made("dd", "", value));
        return row;
      }),
    );
    for (const part of ["time", "bad"]) {
      const line = card.querySelector(`.vg-${part}`);
      line.hidden = !known;
      if (known) line.replaceChildren(made("b", "", words[`rival_${part}`]), ` ${words[`family_${rival.kind}_${part}`]}`);
    }
    take.textContent = words.rival_take;
    take.setAttribute("aria-label", filled(words.rival_take_title, which));
  }
}

function draw(now = performance.now()) {
  for (const { clip, canvas } of rivals) {
    if (!clip) continue;
    const frame = Math.floor(((playing ? now : stopped) / 1000) * clip.fps) % clip.frames;
    const state = `${frame} ${clip.number} ${canvas.clientWidth}`;
    if (canvas.dataset.state === state) continue;
    canvas.dataset.state = state;
    canvas.dataset.frame = frame;
    paint(canvas, clip, frame);
  }
}

play(root, () => draw());
