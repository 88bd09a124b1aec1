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
// Passages of two texts: to go to one shows it in both panes. Links do the same without this script, pane by pane.
const go = (name, number) => {
  for (const old of document.querySelectorAll(".passage.current")) old.classList.remove("current");
  const sides = ["there", "here"].map((side) => document.getElementById(`${name}-${number}-${side}`));
  for (const passage of sides) {
    const pane = passage.closest(".side");
    pane.scrollTop = passage.offsetTop - pane.clientHeight / 3;
    passage.classList.add("current");
  }
  const texts = sides[1].closest("[data-texts]");
  texts.dataset.current = number;
  texts.querySelector("[data-at]").textContent = `passage ${number} of ${texts.querySelectorAll(".side")[0].querySelectorAll("[data-passage]").length}`;
  texts.scrollIntoView({ block: "nearest" });
};
const order = (texts) => [...texts.querySelector(".side").querySelectorAll("[data-passage]")].map((one) => one.dataset.passage);
const step = (texts, by) => {
  const numbers = order(texts);
  const at = numbers.indexOf(texts.dataset.current);
  go(texts.dataset.texts, numbers[at < 0 ? (by > 0 ? 0 : numbers.length - 1) : (at + by + numbers.length) % numbers.length]);
};
for (const texts of document.querySelectorAll("[data-texts]")) {
  for (const button of texts.querySelectorAll("button[data-step]")) {
    button.addEventListener("click", () => step(texts, Number(button.dataset.step)));
  }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const parts = link && link.getAttribute("href").match(/^#(.+)-(\d+)-(?:here|there)$/);
  if (!parts || !document.getElementById(`${parts[1]}-${parts[2]}-here`)) return;
  event.preventDefault();
  go(parts[1], parts[2]);
});
document.addEventListener("keydown", (event) => {
  const by = { n: 1, p: -1 }[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const open = [...document.querySelectorAll("[data-texts]")].filter((one) => one.offsetParent !== null);
  const texts = document.activeElement.closest("[data-texts]") || open.find((one) => one.dataset.current) || open[0];
  if (texts) step(texts, by);
});
