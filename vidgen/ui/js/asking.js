// What the scripts of stages share: words in the page's language, and questions to the server.
const RETRY = 2000; // ms until a server that has too much to do, or is gone, is asked again
const still = matchMedia("(prefers-reduced-motion: reduce)"); // page.js may not have run yet

function inLanguage(words) {
  return words && (words[window.vidgen?.language] ?? Object.values(words)[0]);
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// Rejects after so many ms without a word from the server.
function silence(patience) {
  return new Promise((_, reject) => setTimeout(reject, patience));
}

// What the server answers; asks again while it is busy or gone, as long as that is wanted.
async function answered(call, wanted, complain) {
  while (wanted()) {
    let reply = null;
    try {
      reply = await call();
    } catch {}
    if (!wanted()) return null;
    if (reply && !reply.error) {
      complain(null);
      return reply;
    }
    complain(reply?.words ?? "offline");
    if (reply && !reply.busy) return null;
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
  return null;
}

// An element with a text, which is never read as HTML.
function made(tag, className = "", text = "") {
  const one = document.createElement(tag);
  one.className = className;
  one.textContent = text;
  return one;
}

async function bitmapOf(reply) {
  const bytes = Uint8Array.from(atob(reply.grid), (c) => c.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: reply.mime }));
}

// One frame of a clip that came as a grid of frames, over the whole of a canvas.
function paint(canvas, clip, frame) {
  const side = Math.min(512, Math.round((canvas.clientWidth || 160) * devicePixelRatio));
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const left = (frame % clip.columns) * clip.width;
  const top = Math.floor(frame / clip.columns) * clip.height;
  context.clearRect(0, 0, side, side);
  context.imageSmoothingEnabled = !clip.pixelArt;
  context.drawImage(clip.bitmap, left, top, clip.width, clip.height, 0, 0, side, side);
}
