// Which square of a picture is kept, and drawing it: by the picture's own pixels, apart from how it is shown.

export interface Crop {
  /** The square's middle, in the picture's pixels. */
  x: number;
  y: number;
  /** 1: as large as the picture allows; more: a smaller piece. */
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export const largestZoom = 4;
const side = 512;

export function whole({ width, height }: Size): Crop {
  return { x: width / 2, y: height / 2, zoom: 1 };
}

/** The side of the square, in the picture's pixels. */
export function sideOf(crop: Crop, { width, height }: Size): number {
  return Math.min(width, height) / crop.zoom;
}

/** The same with all of the square inside of the picture. */
export function within({ x, y, zoom }: Crop, size: Size): Crop {
  const crop = { x, y, zoom: Math.min(largestZoom, Math.max(1, zoom)) };
  const half = sideOf(crop, size) / 2;
  return {
    ...crop,
    x: Math.min(size.width - half, Math.max(half, x)),
    y: Math.min(size.height - half, Math.max(half, y)),
  };
}

/** Draws the square so that it fills the canvas. */
export function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, crop: Crop): void {
  const kept = sideOf(crop, picture);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  // What is transparent would be black in a JPEG.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, crop.x - kept / 2, crop.y - kept / 2, kept, kept, 0, 0, canvas.width, canvas.height);
}

/** The square as a file. */
export function cut(picture: ImageBitmap, crop: Crop): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.max(64, Math.min(side, Math.round(sideOf(crop, picture))));
  draw(canvas, picture, crop);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('not drawn'))), 'image/jpeg', 0.9);
  });
}
