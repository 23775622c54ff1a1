// Of the stage of a visitor's own clip, the part that moves to a sound; clip.js calls it.
let heard = []; // what is to be said of a sound, by language

// What the first field takes, and what Start begins with.
const brings = () => (settings.task === "listen" ? "sound" : "clip");

async function hear() {
  doing = ["hearing", { name: names.sound }];
  [heard, saved] = [[], null];
  speak();
  const reply = await call({ do: "hear" });
  doing = null;
  if (reply) heard = reply.heard;
  else files.sound = null;
  speak();
}

async function listen() {
  [doing, saved] = [["dancing", {}], null];
  speak();
  const reply = await call({ do: "listen" });
  doing = null;
  if (reply) [saved, heard] = [reply.links, reply.heard];
  speak();
}
