// The piece of a picture that becomes one's face: moved by pointer or arrow keys, made larger by a slider, wheel or + and -.

import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { act } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Spinner } from '../ui/pieces.tsx';
import { cut, draw, largestZoom, sideOf, whole, within, type Crop } from './crop.ts';

const shown = 320;

export default function CropDialog({
  file,
  onCropped,
  onClose,
}: {
  file: File;
  onCropped: (picture: Blob) => Promise<void>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [picture, setPicture] = useState<ImageBitmap | 'broken' | null>(null);
  const [isBusy, setBusy] = useState(false);
  const crop = useRef<Crop | null>(null);
  useEffect(() => {
    let isOver = false;
    createImageBitmap(file).then(
      (bitmap) => (isOver ? bitmap.close() : setPicture(bitmap)),
      () => setPicture('broken'),
    );
    return () => {
      isOver = true;
    };
  }, [file]);

  const save = async (bitmap: ImageBitmap) => {
    setBusy(true);
    try {
      await onCropped(await cut(bitmap, crop.current ?? whole(bitmap)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('crop.title')} onClose={onClose}>
      {picture === null && <Spinner />}
      {picture === 'broken' && <p role="alert">{t('crop.broken')}</p>}
      {picture instanceof ImageBitmap && (
        <>
          <Cropper picture={picture} onChange={(next) => (crop.current = next)} />
          <div className="dialog-actions">
            <Button onPress={onClose}>{t('common.cancel')}</Button>
            <Button kind="primary" isDisabled={isBusy} onPress={() => act(() => save(picture))}>
              {t('crop.use')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Cropper({ picture, onChange }: { picture: ImageBitmap; onChange: (crop: Crop) => void }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const held = useRef<{ x: number; y: number; crop: Crop } | null>(null);
  const [crop, setCrop] = useState<Crop>(() => whole(picture));
  useEffect(() => {
    draw(canvas.current!, picture, crop);
    onChange(crop);
    // Whoever hears it keeps it for later.
  }, [picture, crop]);

  const change = (next: Partial<Crop>) => setCrop((now) => within({ ...now, ...next }, picture));
  /** Pixels of the picture under one of the screen. */
  const scale = () => sideOf(crop, picture) / canvas.current!.getBoundingClientRect().width;

  const move = (event: PointerEvent) => {
    const from = held.current;
    if (!from) return;
    change({
      x: from.crop.x - (event.clientX - from.x) * scale(),
      y: from.crop.y - (event.clientY - from.y) * scale(),
    });
  };
  const press = (event: KeyboardEvent) => {
    const step = sideOf(crop, picture) / (event.shiftKey ? 4 : 20);
    const moves: Record<string, Partial<Crop>> = {
      ArrowLeft: { x: crop.x - step },
      ArrowRight: { x: crop.x + step },
      ArrowUp: { y: crop.y - step },
      ArrowDown: { y: crop.y + step },
      '+': { zoom: crop.zoom * 1.1 },
      '-': { zoom: crop.zoom / 1.1 },
    };
    const next = moves[event.key];
    if (!next) return;
    event.preventDefault();
    change(next);
  };

  return (
    <div className="cropper">
      <canvas
        ref={canvas}
        width={shown * 2}
        height={shown * 2}
        tabIndex={0}
        role="application"
        aria-label={t('crop.area')}
        aria-describedby="crop-hint"
        onPointerDown={(event) => {
          held.current = { x: event.clientX, y: event.clientY, crop };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={() => (held.current = null)}
        onPointerCancel={() => (held.current = null)}
        onWheel={(event) => change({ zoom: crop.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1) })}
        onKeyDown={press}
      />
      <label className="cropper-zoom">
        <span>{t('crop.zoom')}</span>
        <input
          type="range"
          min="1"
          max={largestZoom}
          step="0.05"
          value={crop.zoom}
          onChange={(event) => change({ zoom: Number(event.target.value) })}
        />
      </label>
      <p className="hint" id="crop-hint">
        {t('crop.hint')}
      </p>
    </div>
  );
}
