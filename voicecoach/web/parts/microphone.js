"use strict";
// Runs beside the sound: gathers what the microphone gives into pieces of 50 ms, 16 bits a sample.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(Math.round(sampleRate / 20));
    this.filled = 0;
    this.port.onmessage = ({ data }) => {
      this.hand();
      this.port.postMessage({ flushed: data.flush });
    };
  }

  hand() {
    if (!this.filled) return;
    const samples = this.piece.slice(0, this.filled);
    this.filled = 0;
    this.port.postMessage({ samples }, [samples.buffer]);
  }

  process([channels]) {
    if (!channels.length) return true;
    for (let n = 0; n < channels[0].length; n++) {
      let sum = 0;
      for (const channel of channels) sum += channel[n];
      const sample = Math.max(-1, Math.min(1, sum / channels.length));
      this.piece[this.filled++] = Math.round(sample * 32767);
      if (this.filled === this.piece.length) this.hand();
    }
    return true;
  }
}
registerProcessor("microphone", Microphone);
