// The sound of a call that rings: two soft notes, from one page of the browser, if one wants it.

import { createStore } from '../store/store.ts';

const key = 'parlance.ring';

export const ringsAloud = createStore(localStorage.getItem(key) !== 'off');

export function chooseRingTone(isOn: boolean): void {
  localStorage.setItem(key, isOn ? 'on' : 'off');
  ringsAloud.set(isOn);
}

const every = 3_000;

/** Rings until the answer is called, in one page at a time; `alone` begins there too. */
export function ringOut(alone: () => void): () => void {
  const over = new AbortController();
  let sounding: ReturnType<typeof setInterval> | undefined;
  let audio: AudioContext | undefined;
  const begin = () => {
    alone();
    audio = new AudioContext();
    const play = () => {
      if (ringsAloud.get() && audio?.state === 'running') chime(audio);
    };
    play();
    sounding = setInterval(play, every);
    return new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve()));
  };
  if ('locks' in navigator) {
    navigator.locks
      .request('parlance.ring', { signal: over.signal }, () => (over.signal.aborted ? undefined : begin()))
      .catch(() => undefined);
  } else {
    void begin();
  }
  return () => {
    over.abort();
    clearInterval(sounding);
    audio?.close().catch(() => undefined);
  };
}

function chime(audio: AudioContext): void {
  for (const [note, frequency] of [587.3, 880].entries()) {
    const start = audio.currentTime + note * 0.28;
    const tone = new OscillatorNode(audio, { type: 'sine', frequency });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0008, start + 0.9);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 1);
  }
}
