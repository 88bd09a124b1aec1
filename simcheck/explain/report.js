"use strict";
for (const input of document.querySelectorAll("input[data-wipes]")) {
  const figure = input.closest("figure");
  const svg = figure.querySelector("svg");
  const covered = figure.querySelector("[data-wipe]");
  const edge = figure.querySelector("[data-edge]");
  const { x, width, height } = svg.viewBox.baseVal;
  // As wide as the picture can be at the height it may have, so that the slider's knob stands at the edge it moves.
  figure.style.maxWidth = `calc(70vh * ${width / height})`;
  const wipe = () => {
    const share = (input.value / 100) * width;
    covered.setAttribute("width", share);
    edge.setAttribute("x1", x + share);
    edge.setAttribute("x2", x + share);
  };
  input.addEventListener("input", wipe);
  wipe();
}
for (const box of document.querySelectorAll("input[data-filter]")) {
  const filter = () => {
    for (const row of document.querySelectorAll(`li[data-decision="${box.dataset.filter}"]`)) row.hidden = !box.checked;
  };
  box.addEventListener("change", filter);
  filter();
}
