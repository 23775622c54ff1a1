// Gradio's steps that are done show but a tick on a narrow screen: each says its name all the same.
const guidePath = document.querySelector("#guide");

function nameSteps() {
  guidePath?.querySelectorAll(".step-button").forEach((step) => {
    const name = step.querySelector(".step-label")?.textContent.trim();
    if (name && step.getAttribute("aria-label") !== name) step.setAttribute("aria-label", name);
  });
}

if (guidePath) {
  const changes = { childList: true, characterData: true, subtree: true };
  new MutationObserver(nameSteps).observe(guidePath, changes);
}
nameSteps();
