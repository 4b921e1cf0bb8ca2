// Speaking a message: it records at once; sent, or thrown away.

import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/controls.tsx';
import { note } from '../ui/pieces.tsx';
import { length } from '../ui/times.ts';

const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const shown = 48;
const longestSeconds = 15 * 60;

interface Recording {
  recorder: MediaRecorder;
  stream: MediaStream;
  began: number;
  parts: Blob[];
}

export default function VoiceRecorder({
  onRecorded,
  onClose,
}: {
  onRecorded: (file: File, duration: number) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const recording = useRef<Recording | null>(null);
  const [levels, setLevels] = useState<readonly number[]>([]);
  const [seconds, setSeconds] = useState(0);
  const failed = useRef(() => undefined as void);
  failed.current = () => {
    note(t('voice.noMicrophone'), 'error');
    onClose();
  };

  useEffect(() => {
    let isOver = false;
    let stop = () => undefined as void;
    begin((level) => {
      setLevels((now) => [...now.slice(1 - shown), level]);
      const { current } = recording;
      if (current) setSeconds((Date.now() - current.began) / 1_000);
    }).then(
      (begun) => {
        if (isOver) return begun.end();
        recording.current = begun.recording;
        stop = begun.end;
      },
      () => isOver || failed.current(),
    );
    return () => {
      isOver = true;
      recording.current = null;
      stop();
    };
  }, []);

  const finish = () => {
    const { current } = recording;
    if (!current) return;
    const duration = (Date.now() - current.began) / 1_000;
    const { recorder, parts } = current;
    recorder.addEventListener('stop', () => {
      const type = recorder.mimeType.split(';', 1)[0]!;
      const ending = type === 'audio/mp4' ? 'm4a' : type === 'audio/ogg' ? 'ogg' : 'webm';
      onRecorded(new File(parts, `voice.${ending}`, { type }), duration);
    });
    recorder.stop();
  };
  const tooLong = seconds >= longestSeconds;
  const end = useRef(finish);
  end.current = finish;
  useEffect(() => {
    if (tooLong) end.current();
  }, [tooLong]);

  return (
    <div className="composer">
      <div className="composer-line recording">
        <IconButton icon="trash" label={t('voice.discard')} onPress={onClose} />
        <span className="recording-dot" aria-hidden="true" />
        <time role="timer" aria-label={t('voice.recording')}>
          {length(seconds)}
        </time>
        <svg viewBox={`0 0 ${shown * 4} 32`} preserveAspectRatio="none" aria-hidden="true">
          {levels.map((level, at) => (
            <rect key={at} x={at * 4} y={16 - level * 14} width="2.5" height={Math.max(2, level * 28)} rx="1.25" />
          ))}
        </svg>
        <IconButton icon="send" kind="primary" label={t('composer.send')} onPress={finish} autoFocus />
      </div>
    </div>
  );
}

/** Opens the microphone; tells how loud it is ten times a second. */
async function begin(onLevel: (level: number) => void): Promise<{ recording: Recording; end: () => void }> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType, audioBitsPerSecond: 32_000 });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => data.size > 0 && parts.push(data));
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(Math.min(1, Math.max(...samples.map(Math.abs)) * 2));
  }, 100);
  recorder.start(1_000);
  return {
    recording: { recorder, stream, began: Date.now(), parts },
    end() {
      clearInterval(timer);
      if (recorder.state !== 'inactive') recorder.stop();
      for (const track of stream.getTracks()) track.stop();
      context.close().catch(() => undefined);
    },
  };
}
