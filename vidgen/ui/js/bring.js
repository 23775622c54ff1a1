// Of the stage of a visitor's own clip, how a file comes: chosen or dropped, then sent.
function send(file, which) {
  if (file.size > props.most) {
    shownError = "large";
    return speak();
  }
  const request = new XMLHttpRequest();
  names[which] = file.name;
  doing = ["sending", { name: file.name, percent: 0 }];
  shownError = null;
  request.upload.onprogress = (event) => {
    doing = ["sending", { name: file.name, percent: Math.floor((100 * event.loaded) / file.size) }];
    speak();
  };
  request.onload = async () => {
    doing = null;
    let reply = null;
    try {
      reply = JSON.parse(request.responseText);
    } catch {}
    if (reply?.clip) {
      files[which] = reply.clip;
      await { clip: look, checked: check, sound: hear }[which]();
    } else {
      shownError = reply?.words ?? (reply?.error ? { English: reply.error } : "offline");
    }
    speak();
  };
  request.onerror = () => {
    [doing, shownError] = [null, "offline"];
    speak();
  };
  request.open("POST", `gradio_api/clip?session=${session}`);
  request.setRequestHeader("Content-Type", props.kind);
  request.send(file);
  speak();
}

for (const field of element.querySelectorAll("[data-drop]")) {
  const which = field.dataset.drop;
  const input = field.querySelector("input");
  const bring = (list) => list?.[0] && !running && !doing && send(list[0], which === "clip" ? brings() : which);
  input.addEventListener("change", () => {
    bring(input.files);
    input.value = "";
  });
  field.addEventListener("dragover", (event) => {
    event.preventDefault();
    field.classList.add("vg-over");
  });
  field.addEventListener("dragleave", () => field.classList.remove("vg-over"));
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("vg-over");
    bring(event.dataTransfer?.files);
  });
}
