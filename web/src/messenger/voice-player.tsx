// Sound with its shape: pressed, it plays; a press in the shape goes there.

import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../ui/icons.tsx';
import { length } from '../ui/times.ts';

const bars = 40;
/** Larger sounds are played, not looked at. */
const mostBytes = 4 * 1024 * 1024;
const shapes = new Map<string, Promise<number[]>>();
const flat = Array.from({ length: bars }, () => 0.25);

/** How loud it is along the way, each from 0 to 1. */
function shapeOf(address: string): Promise<number[]> {
  let shape = shapes.get(address);
  if (!shape) {
    shape = measure(address).catch(() => flat);
    shapes.set(address, shape);
  }
  return shape;
}

async function measure(address: string): Promise<number[]> {
  const answer = await fetch(address);
  if (Number(answer.headers.get('content-length')) > mostBytes) return flat;
  const sound = await new OfflineAudioContext(1, 1, 8_000).decodeAudioData(await answer.arrayBuffer());
  const samples = sound.getChannelData(0);
  const step = Math.max(1, Math.floor(samples.length / bars));
  const peaks = Array.from({ length: bars }, (_, bar) => {
    let peak = 0;
    for (let at = bar * step; at < Math.min(samples.length, (bar + 1) * step); at += 1) {
      peak = Math.max(peak, Math.abs(samples[at]!));
    }
    return peak;
  });
  const loudest = Math.max(...peaks, 0.01);
  return peaks.map((peak) => Math.max(0.08, peak / loudest));
}

export function VoicePlayer({ address, duration }: { address: string; duration: number | null }) {
  const { t } = useTranslation();
  const audio = useRef<HTMLAudioElement>(null);
  const [shape, setShape] = useState<readonly number[]>(flat);
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [known, setKnown] = useState(duration ?? 0);
  const part = known > 0 ? Math.min(1, at / known) : 0;

  useEffect(() => {
    let isOver = false;
    shapeOf(address)
      .then((found) => isOver || setShape(found))
      .catch(() => undefined);
    return () => {
      isOver = true;
    };
  }, [address]);

  const press = () => {
    const { current } = audio;
    if (!current) return;
    if (isPlaying) current.pause();
    else current.play().catch(() => undefined);
  };

  return (
    <div className="voice">
      <audio
        ref={audio}
        src={address}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          // A recording that was never finished has no length of its own.
          const { duration: own } = event.currentTarget;
          if (Number.isFinite(own) && own > 0) setKnown(own);
        }}
      />
      <button
        type="button"
        className="voice-play"
        onClick={press}
        aria-label={t(isPlaying ? 'voice.pause' : 'voice.play')}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} filled={!isPlaying} />
      </button>
      <div className="voice-shape">
        <svg viewBox={`0 0 ${bars * 4} 32`} preserveAspectRatio="none" aria-hidden="true">
          {shape.map((level, bar) => (
            <rect
              key={bar}
              className={bar / bars < part ? 'heard' : ''}
              x={bar * 4 + 0.75}
              y={16 - level * 14}
              width="2.5"
              height={level * 28}
              rx="1.25"
            />
          ))}
        </svg>
        <input
          type="range"
          min={0}
          max={Math.max(known, 0.1)}
          step={0.1}
          value={at}
          aria-label={t('voice.position')}
          aria-valuetext={length(at)}
          onChange={(event) => {
            if (audio.current) audio.current.currentTime = Number(event.target.value);
            setAt(Number(event.target.value));
          }}
        />
      </div>
      <small>{length(isPlaying || at > 0 ? at : known)}</small>
    </div>
  );
}
