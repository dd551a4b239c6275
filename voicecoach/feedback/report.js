"use strict";
// Without this script every mark still leads to its words, and the player plays.
const audioOf = (id) => document.getElementById(id + "-audio");

let until = Infinity;

// From a second on, to the end of a piece of evidence or of the recording.
function hear(id, at, end) {
  const audio = audioOf(id);
  if (!audio) return;
  until = end || Infinity;
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
    hear(place.dataset.of, Number(place.dataset.at), Number(place.dataset.until));
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

// Caught on its way down, so that what comes into the page later is followed too.
document.addEventListener(
  "timeupdate",
  ({ target: audio }) => {
    const article = audio.closest("article");
    if (!article) return;
    if (audio.currentTime >= until) {
      until = Infinity;
      audio.pause();
    }
    const head = article.querySelector(".head");
    const line = article.querySelector(".timeline");
    if (head && line && Number(line.dataset.length)) {
      const x = String(Math.min(400, (400 * audio.currentTime) / Number(line.dataset.length)));
      head.setAttribute("x1", x);
      head.setAttribute("x2", x);
    }
    const words = [...article.querySelectorAll("[data-word]")];
    const last = words.filter((word) => Number(word.dataset.word) <= audio.currentTime).pop();
    for (const now of article.querySelectorAll(".now")) if (now !== last) now.classList.remove("now");
    if (last) last.classList.add("now");
  },
  true,
);
