// One frame on its way to many: encoded once, the same bytes for every connection.

/** How Engine.IO is told that the WebSocket frame is there already. */
export interface EngineOptions {
  compress: boolean;
  wsPreEncodedFrame: Buffer[];
}

/** Wire text, and the bytes each kind of transport makes of it, made when the first connection needs them. */
export class Frame {
  readonly text: string;
  #webSocket: Buffer | null = null;
  #packet: { data: string; options: EngineOptions; bytes: number } | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** As a plain WebSocket's text frame. */
  get webSocket(): Buffer {
    return (this.#webSocket ??= textFrame(this.text));
  }

  /** As a Socket.IO event: the text is the JSON array of its name and arguments. */
  get packet(): { data: string; options: EngineOptions; bytes: number } {
    if (!this.#packet) {
      const data = `2${this.text}`;
      const frame = textFrame(`4${data}`);
      this.#packet = { data, options: { compress: false, wsPreEncodedFrame: [frame] }, bytes: frame.length };
    }
    return this.#packet;
  }
}

/** RFC 6455: one final, unmasked text frame. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) {
    frame[1] = length;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  frame.write(text, head);
  return frame;
}
