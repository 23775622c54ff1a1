// A file that vidgen made, dropped anywhere on the page, brings its settings back. Of the file only
// the part that says what it shows is sent, packed as a small file of its kind.
const MOST = 22000; // bytes that are sent
const MOST_JSON = 1 << 20; // bytes of a JSON: of a sheet's the place is a small part
const MOST_PARTS = 20000; // of a file, that are looked at
const TELLING = 12000; // ms that a sentence stays
const line = element.querySelector(".vg-opened");
const shade = element.querySelector(".vg-shade");
const picker = element.querySelector("input");
let said = null; // words by language, or a key of props.words
let named = "";
let timer = null;

const bytesOf = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());
const textOf = (bytes) => String.fromCharCode(...bytes);
const number = (bytes, little = false) =>
  (little ? [...bytes].reverse() : [...bytes]).reduce((sum, byte) => sum * 256 + byte, 0);

// Of the parts of a file that follow one another the first, or the last, of a kind; `head` tells
// {kind, data, end} of the one at a place.
async function find(file, at, end, head, wanted, last = false) {
  let found = null;
  for (let i = 0; i < MOST_PARTS && at < end; i++) {
    const part = head(await bytesOf(file, at, at + 16), at);
    if (!part || part.end <= at) break;
    if (part.kind === wanted) found = { ...part, at, end: Math.min(part.end, end) };
    if (found && !last) break;
    at = part.end;
  }
  return found;
}

function webpPart(bytes, at) {
  if (bytes.length < 8) return null;
  const size = number(bytes.slice(4, 8), true);
  return { kind: textOf(bytes.slice(0, 4)), data: at + 8, end: at + 8 + size + (size % 2) };
}

function webmPart(bytes, at) {
  if (!bytes[0]) return null;
  const more = Math.clz32(bytes[0]) - 23;
  const sized = bytes.slice(more);
  if (!sized[0]) return null;
  const long = Math.clz32(sized[0]) - 23;
  const size = number([sized[0] & (255 >> long), ...sized.slice(1, long)]);
  const data = at + more + long;
  return { kind: number(bytes.slice(0, more)), data, end: data + size };
}

function mp4Part(bytes, at) {
  if (bytes.length < 8) return null;
  const size = number(bytes.slice(0, 4));
  const [long, data] = size === 1 ? [number(bytes.slice(8, 16)), 16] : [size, 8];
  return { kind: textOf(bytes.slice(4, 8)), data: at + data, end: size ? at + long : Infinity };
}

// What of a file says where it is from, as a small file of the same kind.
async function essence(file) {
  const start = await bytesOf(file, 0, 12);
  const [kind, end] = [textOf(start.slice(0, 4)), file.size];
  if (kind === "RIFF") {
    const note = await find(file, 12, end, webpPart, "XMP ");
    return note && new Blob([start, file.slice(note.at, note.end)]);
  }
  if (number(start.slice(0, 4)) === 0x1a45dfa3) {
    const segment = await find(file, 0, end, webmPart, 0x18538067);
    const tags = segment && (await find(file, segment.data, end, webmPart, 0x1254c367, true));
    return tags && new Blob([file.slice(0, segment.data), file.slice(tags.at, tags.end)]);
  }
  if (textOf(start.slice(4, 8)) === "ftyp") {
    const movie = await find(file, 0, end, mp4Part, "moov");
    const note = movie && (await find(file, movie.data, movie.end, mp4Part, "udta"));
    if (!note) return null;
    const box = new DataView(new ArrayBuffer(8));
    box.setUint32(0, 8 + note.end - note.at);
    const ftyp = [new Uint8Array([0, 0, 0, 8]), "ftyp"];
    return new Blob([...ftyp, box.buffer.slice(0, 4), "moov", file.slice(note.at, note.end)]);
  }
  if (kind === "PK\x03\x04") {
    const tail = await bytesOf(file, Math.max(0, end - MOST), end);
    const at = textOf(tail).lastIndexOf("PK\x05\x06"); // its last record is an empty archive, with the comment
    return at < 0 ? null : new Blob([tail.slice(at)]);
  }
  if (/^\s*\{/.test(textOf(start))) {
    if (end > MOST_JSON) throw new Error("open_large");
    const found = JSON.parse(await file.text());
    return new Blob([JSON.stringify(found.meta?.vidgen ?? found)]);
  }
  return file.slice(0, MOST); // PNG, GIF: near the beginning; of anything else the server says it
}

async function open(file) {
  named = file.name;
  say(null);
  let part = null;
  try {
    part = await essence(file);
    if (!part) throw new Error("open_foreign");
    if (part.size > MOST) throw new Error("open_large");
  } catch (error) {
    return say(error.message in inLanguage(props.words) ? error.message : "open_foreign");
  }
  const bytes = new Uint8Array(await part.arrayBuffer());
  let reply = null;
  try {
    reply = await server.opened({ file: btoa(textOf(bytes)) });
  } catch {}
  if (reply?.timeline) {
    const { vidgen, ...values } = reply.timeline;
    window.vidgen.store("timeline", values);
    window.vidgen.players.timeline?.ask();
    const names = Object.values(props.words).map((words) => words.timeline);
    const tabs = document.querySelectorAll("button[role=tab], .overflow-dropdown button"); // a phone's menu
    [...tabs].find((tab) => names.includes(tab.textContent.trim()))?.click();
  } else if (reply?.place) window.vidgen.open(reply.place);
  else return say(reply?.words ?? "offline");
  scrollTo({ top: 0 });
  say(reply.remarks ?? "open_done", true);
}

function say(words, well = false) {
  said = words;
  line.classList.toggle("vg-well", well);
  clearTimeout(timer);
  timer = setTimeout(() => say(null), TELLING);
  if (!words) clearTimeout(timer);
  speak();
}

function speak() {
  const words = inLanguage(props.words);
  for (const part of element.querySelectorAll("[data-says]")) {
    part.textContent = words[part.dataset.says];
  }
  const sentence = typeof said === "string" ? words[said] : inLanguage(said);
  line.hidden = !said;
  line.textContent = sentence ? filled(sentence, { name: named }) : "";
}

function brings(event) {
  const elsewhere = event.target.closest?.(".vg-drop, input[type=file]") ;
  return !elsewhere && [...(event.dataTransfer?.types ?? [])].includes("Files");
}

// The page's own listeners, as long as this stands on it.
const until = new AbortController();
function on(kind, act) {
  const acts = (event) => (element.isConnected ? act(event) : until.abort());
  addEventListener(kind, acts, { signal: until.signal });
}

on("dragover", (event) => {
  shade.hidden = !brings(event);
  if (brings(event)) event.preventDefault();
});
on("dragleave", (event) => event.relatedTarget || (shade.hidden = true));
on("drop", (event) => {
  shade.hidden = true;
  if (!brings(event)) return;
  event.preventDefault();
  if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
});
picker.addEventListener("change", () => {
  if (picker.files[0]) open(picker.files[0]);
  picker.value = "";
});
line.addEventListener("click", () => say(null));
window.vidgen.players.opener = { ask() {}, speak };
speak();
