"use strict";
// Without this script every mark still leads to its words, and the player plays.
const audioOf = (id) => document.getElementById(id + "-audio");

function hear(id, at) {
  const audio = audioOf(id);
  if (!audio) return;
  for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
  audio.currentTime = at;
  audio.play().catch(() => {});
}

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-at]");
  if (place) {
    for (const lit of document.querySelectorAll(".lit")) lit.classList.remove("lit");
    const found = place.getAttribute("href").match(/e(\d+)$/);
    const words = document.getElementById(place.dataset.of);
    for (const mark of found ? words.querySelectorAll("mark") : [])
      if (mark.dataset.numbers.split(" ").includes(found[1])) mark.classList.add("lit");
    hear(place.dataset.of, Number(place.dataset.at));
    return;
  }
  const wave = event.target.closest(".wave");
  if (wave) {
    const line = wave.closest(".timeline");
    const box = wave.getBoundingClientRect();
    hear(line.dataset.of, ((event.clientX - box.left) / box.width) * Number(line.dataset.length));
    return;
  }
  const word = event.target.closest("[data-word]");
  if (word) hear(word.closest("article").id, Number(word.dataset.word));
});

for (const audio of document.querySelectorAll("audio")) {
  const article = audio.closest("article");
  const head = article.querySelector(".head");
  const words = [...article.querySelectorAll("[data-word]")];
  const length = Number((article.querySelector(".timeline") || { dataset: {} }).dataset.length);
  let now = null;
  audio.addEventListener("timeupdate", () => {
    if (head && length) {
      const x = String(Math.min(400, (400 * audio.currentTime) / length));
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
    }
    const said = words.filter((word) => Number(word.dataset.word) <= audio.currentTime);
    const last = said.length ? said[said.length - 1] : null;
    if (last === now) return;
    if (now) now.classList.remove("now");
    if (last) last.classList.add("now");
    now = last;
  });
}
