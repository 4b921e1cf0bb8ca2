// My microphone, my camera and my screen, as a call takes them.

import type { CallKind } from '../api/nerutalk-calls.ts';
import { createStore } from '../store/store.ts';
import { say } from '../texts/texts.ts';
import { note } from '../ui/pieces.tsx';

/** `denied`: the person or the system said no; `impossible`: this browser, or a page without https, has no calls. */
export class MediaRefused extends Error {
  readonly kind: 'denied' | 'impossible';
  constructor(kind: MediaRefused['kind']) {
    super(kind);
    this.kind = kind;
  }
}

export interface Shown {
  /** Others hear me. */
  sound: boolean;
  /** They see me, or my screen. */
  film: boolean;
  screen: boolean;
}

interface OwnView extends Shown {
  /** What they see, for me to see too. */
  preview: MediaStream | null;
}

const soundWish: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

function filmWish(people: number): MediaTrackConstraints {
  // Each of the others is sent a film of its own.
  const height = people > 2 ? 360 : 720;
  return { facingMode: 'user', width: { ideal: (height * 16) / 9 }, height: { ideal: height }, frameRate: { max: 30 } };
}

/** Whether a screen can be shown: telephones have no way to. */
export const canShowScreen = typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export class OwnMedia {
  readonly view = createStore<OwnView>({ sound: false, film: false, screen: false, preview: null });
  sound: MediaStreamTrack | null = null;
  film: MediaStreamTrack | null = null;
  #camera: MediaStreamTrack | null = null;
  #people: number;
  #isClosed = false;

  constructor(people: number) {
    this.#people = people;
  }

  get shown(): Shown {
    const { sound, film, screen } = this.view.get();
    return { sound, film, screen };
  }

  /** Asks the browser. Without a camera it is sound alone, without any device one listens. Throws MediaRefused. */
  async open(kind: CallKind): Promise<void> {
    if (navigator.mediaDevices === undefined || typeof RTCPeerConnection === 'undefined') {
      throw new MediaRefused('impossible');
    }
    const stream = await this.#ask(kind);
    this.sound = stream?.getAudioTracks()[0] ?? null;
    this.#camera = stream?.getVideoTracks()[0] ?? null;
    this.#show(this.#camera, false);
    this.#changed();
  }

  async #ask(kind: CallKind): Promise<MediaStream | null> {
    if (kind === 'video') {
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: soundWish, video: filmWish(this.#people) });
      } catch {
        // The camera alone may be what is missing.
      }
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: soundWish });
      if (kind === 'video') note(say('calls.noCamera'));
      return stream;
    } catch (error) {
      if (isDenial(error)) throw new MediaRefused('denied');
      note(say('calls.noMicrophone'));
      return null;
    }
  }

  /** Mutes and unmutes. Throws MediaRefused where there is no microphone to be had. */
  async toggleSound(): Promise<void> {
    if (this.sound === null) this.sound = await this.#track({ audio: soundWish });
    else this.sound.enabled = !this.sound.enabled;
    this.#changed();
  }

  /** Turns the camera on and off: off, its light goes out. Throws MediaRefused. */
  async toggleCamera(): Promise<void> {
    const isOn = this.#camera !== null;
    this.#camera?.stop();
    this.#camera = isOn ? null : await this.#track({ video: filmWish(this.#people) });
    if (!this.view.get().screen) this.#show(this.#camera, false);
    this.#changed();
  }

  /** Shows my screen in place of me, and me again. Whoever closes the browser's question has changed their mind. */
  async toggleScreen(): Promise<void> {
    if (this.view.get().screen) {
      this.film?.stop();
      this.#show(this.#camera, false);
      this.#changed();
      return;
    }
    const stream = await navigator.mediaDevices
      .getDisplayMedia({ video: { frameRate: { max: 15 } } })
      .catch(() => null);
    const track = stream?.getVideoTracks()[0];
    if (!track) return;
    if (this.#isClosed) return track.stop();
    track.contentHint = 'detail';
    // The browser has a button of its own to stop it.
    track.addEventListener('ended', () => {
      if (this.film !== track) return;
      this.#show(this.#camera, false);
      this.#changed();
    });
    this.#show(track, true);
    this.#changed();
  }

  close(): void {
    this.#isClosed = true;
    for (const track of [this.sound, this.film, this.#camera]) track?.stop();
  }

  async #track(wish: MediaStreamConstraints): Promise<MediaStreamTrack> {
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia(wish);
    } catch {
      throw new MediaRefused('denied');
    }
    const [track] = stream.getTracks();
    if (this.#isClosed) track!.stop();
    return track!;
  }

  #show(track: MediaStreamTrack | null, isScreen: boolean): void {
    this.film = track;
    this.view.set((now) => ({ ...now, screen: isScreen, preview: track && new MediaStream([track]) }));
  }

  #changed(): void {
    this.view.set((now) => ({ ...now, sound: this.sound?.enabled ?? false, film: this.film !== null }));
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'SecurityError');
}
