"use strict";
// The page's ears and mouth: the microphone, what is played, and the one websocket to the
// practice. What is to be done next is decided on the server; here it is only done.
const voicecoach = (() => {
  const HEARD_DBFS = -45; // louder than a quiet room
  const BEFORE_S = 1.0; // said between the end of a line and the server's word to listen
  const ASLEEP_MS = 2500;
  const byId = (id) => document.getElementById(id);

  // ---- what the person is told ----------------------------------------------------------

  const INSTEAD = " Without it you can write your answers, or upload recordings of them.";
  const SAID = {
    off: "The microphone is off.",
    opening: "Your browser asks whether this page may use the microphone. Please allow it.",
    on: "The microphone is on. Say something: the bar should move.",
    heard: "The microphone is on, and I hear you.",
    zeros:
      "The microphone delivers nothing but zeros. See that it is not muted, and that your " +
      "browser may use it in the settings of your computer.",
    NotAllowedError:
      "This page may not use the microphone. Allow it with the sign beside the address, then " +
      "turn it on." + INSTEAD,
    NotFoundError: "There is no microphone. Plug one in, then turn it on." + INSTEAD,
    NotReadableError:
      "Another program keeps the microphone to itself. Close it, then turn it on." + INSTEAD,
    insecure:
      "Browsers give the microphone to https, and to pages of this machine alone: open " +
      "http://localhost with the same port." + INSTEAD,
    other: "The microphone cannot be opened. Plug it in again, then turn it on." + INSTEAD,
    gone: "The microphone is gone. What you said is kept. Plug it in, then turn it on again.",
    asleep: "This tab was asleep. What you said before is kept. Turn the microphone on to go on.",
  };

  function say(state) {
    const place = byId("microphone-said");
    const text = SAID[state] || SAID.other;
    if (place && place.textContent !== text) place.textContent = text;
    const works = state === "on" || state === "heard" || state === "zeros";
    if (byId("microphone-on")) byId("microphone-on").hidden = works || state === "opening";
    document.body.dataset.microphone = works ? "on" : "off";
  }

  function warn(text, { save = false, here = false, anew = false } = {}) {
    byId("lost").hidden = !text;
    if (text) byId("lost-said").textContent = text;
    byId("lost-save").hidden = !save;
    byId("lost-here").hidden = !here;
    byId("lost-anew").hidden = !anew;
  }

  // ---- the microphone -------------------------------------------------------------------

  let context = null;
  let stream = null;
  let node = null;
  let lastSound = 0;
  let heardAt = 0;
  let onlyZeros = true;
  let openedAt = 0;

  async function open() {
    shut();
    if (!navigator.mediaDevices) return say("insecure");
    say("opening");
    try {
      // As it is: what the browser would do to the voice, the feedback would take for the person's.
      const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio });
      context = new AudioContext();
      await context.audioWorklet.addModule("/parts/microphone.js");
      node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => (data.samples ? hear(data.samples) : flushed(data));
      context.createMediaStreamSource(stream).connect(node);
      stream.getAudioTracks()[0].addEventListener("ended", () => { shut(); say("gone"); });
      context.addEventListener("statechange", () => {
        if (context && context.state === "suspended") context.resume().catch(() => {});
      });
      await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 500))]);
    } catch (error) {
      shut();
      return say(error.name);
    }
    openedAt = lastSound = performance.now();
    onlyZeros = true;
    say("on");
    tell({ rate_hz: context.sampleRate });
  }

  function shut() {
    for (const track of stream ? stream.getTracks() : []) track.stop();
    // What it heard and has not told yet would be told of a microphone that is off.
    if (node) node.port.onmessage = null;
    if (context) context.close().catch(() => {});
    context = stream = node = null;
  }

  function hear(samples) {
    const now = performance.now();
    lastSound = now;
    let power = 0;
    for (const sample of samples) power += sample * sample;
    const dbfs = 10 * Math.log10(power / samples.length / 32768 ** 2 || 1e-9);
    if (power) onlyZeros = false;
    if (dbfs > HEARD_DBFS) heardAt = now;
    showLevel(dbfs, now);
    if (now - openedAt > 700) say(onlyZeros ? "zeros" : now - heardAt < 3000 ? "heard" : "on");
    // What the page itself plays is nobody's answer, nor is what is said over the writing of one.
    if (order.do === "listen" && !pausing() && !sounding()) keep(samples);
    else remember(samples);
  }

  const sounding = () =>
    !aside.paused || [...document.querySelectorAll("audio")].some((one) => !one.paused);

  let shownAt = 0;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function showLevel(dbfs, now) {
    const level = byId("level");
    if (!level || now - shownAt < (calm.matches ? 500 : 50)) return;
    const share = Math.max(0, Math.min(100, Math.round((dbfs + 60) * 2)));
    level.firstElementChild.style.width = share + "%";
    if (Math.floor(now / 500) !== Math.floor(shownAt / 500))
      level.setAttribute("aria-valuenow", share);
    shownAt = now;
  }

  // A tab that slept gets no sound; and one that wakes up is told so.
  setInterval(() => {
    if (!context || performance.now() - lastSound < ASLEEP_MS) return;
    context.resume().catch(() => {});
    if (performance.now() - lastSound > 2 * ASLEEP_MS) { shut(); say("asleep"); }
  }, 1000);

  if (navigator.mediaDevices)
    navigator.mediaDevices.addEventListener("devicechange", () => {
      if (!stream && room && byId("microphone-said").textContent === SAID.gone) open();
    });

  // ---- the answer, kept until it is over ------------------------------------------------

  let order = { do: "rest" };
  let before = []; // pieces since the last line ended
  const answer = { number: 0, pieces: [], length: 0, next: 0, done: false };
  let flushes = 0;

  function remember(samples) {
    before.push(samples);
    const most = (BEFORE_S * (context ? context.sampleRate : 48000)) / samples.length;
    while (before.length > most || (before.length && playing)) before.shift();
  }

  function keep(samples) {
    answer.pieces.push({ at: answer.length, samples });
    answer.length += samples.length;
    sendSound();
  }

  function sendSound() {
    while (connected() && answer.next < answer.pieces.length) {
      const { at, samples } = answer.pieces[answer.next++];
      const frame = new ArrayBuffer(8 + samples.byteLength);
      const head = new DataView(frame);
      head.setUint32(0, answer.number, true);
      head.setUint32(4, at, true);
      new Int16Array(frame, 8).set(samples);
      socket.send(frame);
    }
    if (answer.done && connected()) tell({ done: answer.number });
  }

  function listen({ answer: number, received }) {
    if (number !== answer.number) {
      endReplay();
      tellPausing();
      Object.assign(answer, { number, pieces: [], length: received, next: 0, done: false });
      for (const samples of before.splice(0)) keep(samples);
    } else {
      const at = answer.pieces.findIndex((one) => one.at + one.samples.length > received);
      answer.next = at < 0 ? answer.pieces.length : at;
      sendSound();
    }
  }

  // The last samples first: they are still with the microphone's own thread.
  function done() {
    if (order.do !== "listen") return;
    // Whoever is done has said it aloud.
    byId("otherwise").open = false;
    if (node && context.state === "running") node.port.postMessage({ flush: ++flushes });
    else finish();
  }

  function flushed(data) {
    if (data.flushed === flushes) finish();
  }

  function finish() {
    answer.done = true;
    sendSound();
  }

  // What was said and may not have arrived, as a file of the person's own.
  function save() {
    const length = answer.pieces.reduce((sum, one) => sum + one.samples.length, 0);
    const rate = context ? context.sampleRate : 48000;
    const file = new ArrayBuffer(44 + 2 * length);
    const view = new DataView(file);
    const word = (at, text) => [...text].forEach((c, n) => view.setUint8(at + n, c.charCodeAt(0)));
    word(0, "RIFF"); view.setUint32(4, 36 + 2 * length, true); word(8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
    view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    word(36, "data"); view.setUint32(40, 2 * length, true);
    let at = 44;
    for (const { samples } of answer.pieces) {
      new Int16Array(file, at, samples.length).set(samples);
      at += 2 * samples.length;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file], { type: "audio/wav" }));
    link.download = "my-answer.wav";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // ---- what is played -------------------------------------------------------------------

  const voice = new Audio();
  let playing = 0; // the number of the line that is played; 0 for none
  let played = 0;
  let lastLine = null;
  let replaying = false;
  let limit = null;

  function play({ address, number }) {
    if (number <= played) return tell({ played: number });
    if (number === playing) return;
    playing = number;
    lastLine = address;
    sound(address, () => {
      playing = 0;
      played = number;
      tell({ played: number });
    });
  }

  // Nothing sounds any more, and nothing waits for its end.
  function hush() {
    clearTimeout(limit);
    voice.onended = voice.onerror = voice.onloadedmetadata = null;
    voice.pause();
  }

  function sound(address, then) {
    hush();
    const over = () => { hush(); then(); };
    voice.onended = voice.onerror = over;
    // A sound that hangs is given up, and the practice goes on.
    voice.onloadedmetadata = () => { limit = setTimeout(over, 1000 * voice.duration + 5000); };
    voice.src = address;
    voice.play().catch((error) => {
      if (error.name === "NotAllowedError") {
        clearTimeout(limit);
        voice.onloadedmetadata = null;
        byId("may-play").hidden = false;
      } else if (error.name !== "AbortError") over();
    });
  }

  function replay() {
    if (order.do !== "listen" || !lastLine || replaying) return;
    document.querySelector("[data-act='replay']").disabled = replaying = true;
    tellPausing();
    sound(lastLine, endReplay);
  }

  // At the end of the line, or where the practice goes on before that.
  function endReplay() {
    if (!replaying) return;
    hush();
    replaying = false;
    before = [];
    const button = document.querySelector("[data-act='replay']");
    if (button) button.disabled = false;
    tellPausing();
  }

  const aside = new Audio();
  function hearLine(address) {
    for (const one of document.querySelectorAll("audio")) one.pause();
    aside.src = address;
    aside.play().catch(() => {});
  }

  // ---- the connection -------------------------------------------------------------------

  let room = null;
  let socket = null;
  let tries = 0;
  let lostAt = 0;
  let elsewhere = false;

  const connected = () => socket && socket.readyState === WebSocket.OPEN;

  function tell(news) {
    if (connected()) socket.send(JSON.stringify(news));
  }

  // No sound is sent on purpose: the line is heard again, or the answer is being written.
  const pausing = () => replaying || Boolean(byId("otherwise")?.open);
  const tellPausing = () => tell({ pausing: pausing() });

  function enter(id) {
    if (room === id && connected()) return;
    if (room !== id) forget();
    room = id;
    elsewhere = false;
    sessionStorage.voicecoachRoom = id;
    connect();
    if (!stream && navigator.permissions)
      navigator.permissions.query({ name: "microphone" }).then(
        ({ state }) => {
          // Not where the practice was over by the time it was entered.
          if (state === "granted" && !stream && sessionStorage.voicecoachRoom === id) open();
        },
        () => {},
      );
    if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(() => {});
  }

  // Another practice counts its lines and its answers from 1 again.
  function forget() {
    hush();
    byId("may-play").hidden = true;
    playing = played = 0;
    lastLine = null;
    replaying = false;
    before = [];
    order = { do: "rest" };
    Object.assign(answer, { number: 0, pieces: [], length: 0, next: 0, done: false });
  }

  // On the page that begins a practice; with a word, if the last one was broken off.
  function begin() {
    const broken = sessionStorage.voicecoachRoom;
    delete sessionStorage.voicecoachRoom;
    room = null;
    if (broken)
      warn(
        "voicecoach was stopped in the middle of your practice. Every answer that you had " +
          "finished is kept in the history, and the sound of the last one beside it.",
      );
  }

  // The practice is over, and nobody listens any more.
  function rest() {
    delete sessionStorage.voicecoachRoom;
    shut();
    say("off");
  }

  function left() {
    delete sessionStorage.voicecoachRoom;
    room = null;
    if (socket) socket.close();
  }

  function connect() {
    if (socket) { socket.onclose = null; socket.close(); }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = (socket = new WebSocket(`${scheme}//${location.host}/rooms/${room}/channel`));
    mine.binaryType = "arraybuffer";
    mine.onopen = () => {
      tries = 0;
      if (context) tell({ rate_hz: context.sampleRate });
      tellPausing();
      if (lostAt) {
        warn("Connected again. What you said is kept: go on, or press “I’m done”.");
        setTimeout(() => { if (connected() && !elsewhere) warn(""); }, 6000);
      } else warn("");
      lostAt = 0;
    };
    mine.onmessage = ({ data }) => {
      order = JSON.parse(data);
      if (order.do !== "listen") endReplay();
      if (order.do === "play") play(order);
      else if (order.do === "listen") listen(order);
      else if (order.do === "leave") { elsewhere = true; mine.close(); }
    };
    mine.onclose = ({ code }) => {
      if (elsewhere) return warn("This practice goes on in another tab.", { here: true });
      if (!room) return;
      if (code === 4404) return warn("This practice is over.", { anew: true });
      lostAt = lostAt || performance.now();
      warn(
        "The connection to voicecoach is lost. What you said is kept, and this page goes on by " +
          "itself when it is back. If voicecoach was stopped, start it again: voicecoach web.",
        { save: answer.pieces.length > 0 && order.do === "listen" },
      );
      setTimeout(() => { if (room) connect(); }, Math.min(3000, 300 * 2 ** tries++));
    };
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (context) context.resume().catch(() => {});
    if (room && !elsewhere && socket.readyState === WebSocket.CLOSED) connect();
  });

  // ---- in place of speaking -------------------------------------------------------------

  let handing = false;

  async function hand(path, body, type) {
    // Pressed twice, it is still one answer.
    if (handing) return false;
    handing = true;
    const place = byId("otherwise-said");
    place.textContent = "One moment …";
    try {
      const headers = type ? { "content-type": type } : {};
      const answered = await fetch(`/rooms/${room}/${path}`, { method: "POST", body, headers });
      place.textContent = answered.ok ? "" : await answered.text();
      if (answered.ok) byId("otherwise").open = false;
      return answered.ok;
    } catch {
      place.textContent = "The connection to voicecoach is lost. Hand it in again when it is back.";
      return false;
    } finally {
      handing = false;
    }
  }

  async function handText() {
    const text = byId("typed").value;
    if (await hand("typed", JSON.stringify({ text }), "application/json")) byId("typed").value = "";
  }

  async function handFile() {
    const [file] = byId("recording").files;
    if (!file) {
      byId("otherwise-said").textContent = "Choose a recording first.";
      return;
    }
    const path = `recording?name=${encodeURIComponent(file.name)}`;
    if (await hand(path, file, "application/octet-stream")) byId("recording").value = "";
  }

  document.addEventListener(
    "toggle",
    ({ target }) => { if (target.id === "otherwise") tellPausing(); },
    true, // it does not bubble
  );

  // ---- buttons --------------------------------------------------------------------------

  const ACTS = {
    "microphone": open,
    "done": done,
    "replay": replay,
    "typed": handText,
    "recording": handFile,
    "save": save,
    "here": () => { elsewhere = false; connect(); },
    "anew": () => { left(); location.assign("/"); },
    "play": () => { byId("may-play").hidden = true; voice.play().catch(() => {}); },
  };

  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]");
    if (act) ACTS[act.dataset.act]();
    const line = event.target.closest("[data-line]");
    if (line) hearLine(line.dataset.line);
    const back = event.target.closest("[data-back]");
    if (back) {
      const audio = byId(back.dataset.back + "-audio");
      audio.currentTime = 0;
      audio.play().catch(() => {});
    }
  });

  // To what has just appeared, for the keyboard and for who listens to the page.
  function focus(selector) {
    setTimeout(() => {
      const place = document.querySelector(selector);
      if (place) place.focus();
    }, 50);
  }

  return { enter, begin, rest, left, focus, open };
})();
