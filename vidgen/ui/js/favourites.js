// Favourites: places that this browser keeps, with a small picture of each. A star in a player's bar
// keeps what it shows; a click opens one again, the delete key or its cross removes it.
const KEY = "vidgen-favourites";
const MOST = 24; // the oldest makes room for a new one
const MOST_PICTURE = 20000; // characters
const MOST_PLACE = 8000;
const SIDE = 72; // pixels of a picture
const list = element.querySelector(".vg-favourites");
const empty = element.querySelector(".vg-none");

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(sound).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function sound(one) {
  const { place, picture } = one ?? {};
  const short = typeof place === "string" && place.length <= MOST_PLACE;
  return short && /^data:image\/(webp|png);base64,[\w+/=]*$/.test(picture) && picture.length <= MOST_PICTURE;
}

function write(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {} // a sandboxed frame has no memory
  show(kept);
}

function keep(tab) {
  const place = window.vidgen.place(tab);
  const stage = document.querySelector(`#player-${tab} .vg-stage canvas`);
  if (!place || !stage) return;
  const picture = document.createElement("canvas");
  picture.width = picture.height = SIDE;
  picture.getContext("2d").drawImage(stage, 0, 0, SIDE, SIDE);
  const one = { place, picture: picture.toDataURL("image/webp", 0.8) };
  if (sound(one)) write([one, ...read().filter((each) => each.place !== place)].slice(0, MOST));
}

function remove(index) {
  write(read().filter((_, i) => i !== index));
  const buttons = list.querySelectorAll(".vg-favourite");
  (buttons[Math.min(index, buttons.length - 1)] ?? element.querySelector("h3")).focus();
}

function nameOf(place) {
  try {
    const { model, seed = 0, seed_b: other, action } = JSON.parse(place);
    const what = typeof action === "string" ? action.replaceAll("_", " ") : null;
    return [model, other === undefined ? seed : `${seed} – ${other}`, what].filter((each) => each !== null && each !== undefined).join(" · ");
  } catch {
    return "";
  }
}

function show(kept) {
  const words = inLanguage(props.words);
  element.querySelector("h3").textContent = words.favourites;
  empty.textContent = words.favourites_none;
  empty.hidden = kept.length > 0;
  list.replaceChildren(
    ...kept.map(({ place, picture }, index) => {
      const item = made("li");
      const [open, cross] = [made("button", "vg-favourite"), made("button", "vg-cross", "×")];
      const name = nameOf(place);
      const image = made("img");
      image.src = picture;
      image.alt = "";
      open.append(image);
      open.type = cross.type = "button";
      open.title = name;
      open.setAttribute("aria-label", filled(words.favourite_open, { name }));
      cross.title = words.favourite_remove;
      cross.setAttribute("aria-label", `${words.favourite_remove}: ${name}`);
      open.addEventListener("click", () => {
        window.vidgen.open(place);
        scrollTo({ top: 0 });
      });
      open.addEventListener("keydown", (event) => event.key === "Delete" && remove(index));
      cross.addEventListener("click", () => remove(index));
      item.append(open, cross);
      return item;
    }),
  );
}

const until = new AbortController();
document.addEventListener("click", (event) => {
  if (!element.isConnected) return until.abort();
  const player = event.target.closest?.(".vg-star")?.closest("[id^=player-]");
  if (player) keep(player.id.slice("player-".length));
}, { signal: until.signal });
addEventListener("storage", (event) => event.key === KEY && show(read()), { signal: until.signal });
window.vidgen.players.favourites = { ask() {}, speak: () => show(read()) };
show(read());
