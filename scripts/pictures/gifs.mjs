// The GIFs, as SVG in a square of 100: each a function from time (0 up to 1) to what is seen. The bundled catalogue
// (src/adapters/gifs/catalogue.ts) names them.

const ink = '#3b2f2f';
const line = `stroke="${ink}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"`;

/** @param {string} colour */
const ground = (colour) => `<rect width="100" height="100" fill="${colour}"/>`;
/** @param {number} x @param {number} y @param {number} r @param {string} fill @param {string} [more] */
const dot = (x, y, r, fill, more = '') => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
/** @param {number} x @param {number} y @param {number} rx @param {number} ry @param {string} fill @param {string} [more] */
const oval = (x, y, rx, ry, fill, more = '') =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
/** @param {string} d @param {string} [fill] @param {string} [how] */
const shape = (d, fill = 'none', how = line) => `<path d="${d}" fill="${fill}" ${how}/>`;
/** @param {string} how @param {string} inner */
const moved = (how, inner) => `<g transform="${how}">${inner}</g>`;
/** Once around while time passes. @param {number} time */
const wave = (time) => Math.sin(time * 2 * Math.PI);
/** @param {number} count @param {(place: number) => string} draw */
const many = (count, draw) => Array.from({ length: count }, (_, place) => draw(place)).join('');
/** A number from 0 to 1 that looks like chance and is always the same. @param {number} seed */
const chance = (seed) => Math.abs(Math.sin(seed * 91.7) * 437.3) % 1;

const heart = 'M0 9 C-12 0 -9 -9 -4 -9 C-1 -9 0 -6 0 -5 C0 -6 1 -9 4 -9 C9 -9 12 0 0 9 Z';
const colours = ['#ef5d6c', '#ffd45e', '#5b8def', '#4cba6b', '#8c6ff0'];
const palm =
  'M32 86 Q20 70 14 54 Q12 46 19 46 Q24 47 29 57 L24 26 Q24 19 30 19 Q35 20 36 27 L40 46 L40 16 Q41 9 47 9 Q53 9 53 16 L54 46 L58 20 Q60 13 66 15 Q70 17 69 24 L66 50 L73 34 Q77 28 82 31 Q86 34 83 41 L74 68 Q70 82 62 88 Z';

/** @param {boolean} open */
const face = (open) =>
  dot(50, 50, 38, '#ffd45e', line) +
  (open
    ? oval(37, 44, 4.5, 6.5, ink) + oval(63, 44, 4.5, 6.5, ink)
    : oval(37, 44, 4.5, 6.5, ink) + shape('M56 45 Q63 38 70 45')) +
  oval(26, 57, 6, 4, '#ff9d8a') +
  oval(74, 57, 6, 4, '#ff9d8a') +
  shape(open ? 'M36 60 Q50 72 64 60' : 'M34 58 Q50 78 66 58');

/** @type {Record<string, { frames: number, delay: number, frame: (time: number) => string }>} */
export const gifs = {
  'beating-heart': {
    frames: 10,
    delay: 80,
    frame: (time) =>
      ground('#fff0f3') + moved(`translate(50 50) scale(${3.4 + 0.5 * wave(time)})`, shape(heart, '#ef4763', '')),
  },
  'bouncing-ball': {
    frames: 12,
    delay: 60,
    frame: (time) => {
      const height = Math.abs(Math.cos(time * Math.PI));
      const flat = height < 0.2 ? 3 : 0;
      return (
        ground('#e6f4ff') +
        oval(50, 88, 22 - 8 * height, 4, '#b9d6ea') +
        oval(50, 72 - 44 * height + flat, 16 + flat, 16 - flat, '#ef5d6c', line) +
        shape(
          `M${36 - flat} ${72 - 44 * height + flat} Q50 ${80 - 44 * height} ${64 + flat} ${72 - 44 * height + flat}`,
        )
      );
    },
  },
  'blinking-face': { frames: 8, delay: 140, frame: (time) => ground('#fdf6e3') + face(time < 0.6) },
  'waving-hand': {
    frames: 8,
    delay: 90,
    frame: (time) => ground('#eafaf1') + moved(`rotate(${18 * wave(time)} 50 88)`, shape(palm, '#ffcf8f')),
  },
  'rising-sun': {
    frames: 14,
    delay: 90,
    frame: (time) => {
      const y = 84 - 40 * Math.sin((time * Math.PI) / 2);
      const rays = many(12, (ray) =>
        moved(
          `rotate(${ray * 30 + time * 60} 50 ${y})`,
          shape(`M50 ${y - 26} L50 ${y - 34}`, 'none', 'stroke="#ffb43c" stroke-width="5" stroke-linecap="round"'),
        ),
      );
      return (
        ground('#bfe6ff') +
        rays +
        dot(50, y, 21, '#ffd45e', line) +
        shape('M-5 105 L-5 80 Q25 66 50 80 Q75 94 105 76 L105 105 Z', '#7cc576')
      );
    },
  },
  'twinkling-night': {
    frames: 10,
    delay: 120,
    frame: (time) =>
      ground('#2f3566') +
      shape('M58 20 Q30 24 28 52 Q30 80 62 82 Q46 70 46 51 Q46 32 58 20 Z', '#ffe9a8', '') +
      many(9, (star) =>
        dot(
          10 + 80 * chance(star + 1),
          10 + 80 * chance(star + 20),
          1.4 + 1.4 * Math.max(0, wave(time + star / 9)),
          '#fff',
        ),
      ),
  },
  'falling-rain': {
    frames: 8,
    delay: 70,
    frame: (time) =>
      ground('#dfe7ef') +
      many(14, (drop) => {
        const x = 8 + 84 * chance(drop + 3);
        const y = 40 + ((chance(drop + 40) + time) % 1) * 62;
        return shape(
          `M${x} ${y} L${x - 2} ${y + 8}`,
          'none',
          'stroke="#6db7f2" stroke-width="3" stroke-linecap="round"',
        );
      }) +
      shape('M26 44 Q10 44 12 32 Q14 22 26 24 Q32 8 50 12 Q66 14 68 26 Q88 24 88 36 Q86 46 74 44 Z', '#fff'),
  },
  'falling-snow': {
    frames: 12,
    delay: 90,
    frame: (time) =>
      ground('#a9c9ea') +
      many(18, (flake) =>
        dot(
          6 + 88 * chance(flake + 5) + 3 * wave(time + chance(flake)),
          ((chance(flake + 60) + time) % 1) * 100,
          1.6 + 2 * chance(flake + 9),
          '#fff',
        ),
      ) +
      shape('M-5 105 L-5 90 Q30 80 60 90 Q85 96 105 88 L105 105 Z', '#fff', ''),
  },
  'falling-confetti': {
    frames: 12,
    delay: 70,
    frame: (time) =>
      ground('#fff8ec') +
      many(26, (piece) => {
        const x = 5 + 90 * chance(piece + 7);
        const y = ((chance(piece + 80) + time) % 1) * 104 - 2;
        return moved(
          `translate(${x} ${y}) rotate(${360 * (time + chance(piece))})`,
          `<rect x="-3" y="-1.6" width="6" height="3.2" fill="${colours[piece % colours.length]}"/>`,
        );
      }),
  },
  'birthday-candles': {
    frames: 6,
    delay: 110,
    frame: (time) =>
      ground('#ffeef5') +
      '<rect x="18" y="54" width="64" height="32" rx="6" fill="#f7c6a3" stroke="#3b2f2f" stroke-width="3"/>' +
      shape(
        'M18 62 Q18 52 27 52 L73 52 Q82 52 82 62 Q78 71 71 64 Q64 73 57 64 Q50 73 43 64 Q36 73 29 64 Q22 71 18 62 Z',
        '#fff',
      ) +
      many(3, (candle) => {
        const x = 32 + 18 * candle;
        return (
          `<rect x="${x - 3}" y="34" width="6" height="18" rx="2" fill="${colours[candle + 1]}"/>` +
          moved(
            `translate(${x} 33) rotate(${14 * wave(time + candle / 3)}) scale(1 ${1 + 0.15 * wave(2 * time)})`,
            shape('M0 -16 Q7 -6 0 0 Q-7 -6 0 -16 Z', '#ffb43c', ''),
          )
        );
      }) +
      shape('M10 88 L90 88'),
  },
  'typing-dots': {
    frames: 9,
    delay: 100,
    frame: (time) =>
      ground('#eef2f7') +
      shape(
        'M16 26 Q16 20 22 20 L78 20 Q84 20 84 26 L84 62 Q84 68 78 68 L40 68 L26 82 L27 68 L22 68 Q16 68 16 62 Z',
        '#fff',
      ) +
      many(3, (place) => dot(34 + 16 * place, 45 - 7 * Math.max(0, wave(time - place / 6)), 5, '#5b8def')),
  },
  'drawn-tick': {
    frames: 12,
    delay: 70,
    frame: (time) =>
      ground('#eafaf1') +
      dot(50, 50, 36, '#4cba6b', line) +
      shape(
        'M32 52 L45 65 L70 38',
        'none',
        `stroke="#fff" stroke-width="9" stroke-linecap="round" stroke-linejoin="round" stroke-dasharray="56" stroke-dashoffset="${56 * Math.max(0, 1 - time * 1.8)}"`,
      ),
  },
  'shaking-cross': {
    frames: 8,
    delay: 70,
    frame: (time) =>
      ground('#fff0ee') +
      moved(
        `translate(${6 * wave(time * 2)} 0)`,
        dot(50, 50, 34, '#e9564f', line) +
          shape('M37 37 L63 63 M63 37 L37 63', 'none', 'stroke="#fff" stroke-width="9" stroke-linecap="round"'),
      ),
  },
  'steaming-cup': {
    frames: 10,
    delay: 100,
    frame: (time) =>
      ground('#f6ede3') +
      many(3, (plume) => {
        const [x, lift] = [38 + 11 * plume, 4 * wave(time + plume / 3)];
        return shape(
          `M${x} 44 Q${x - 6 + lift} 36 ${x} 30 Q${x + 6 - lift} 24 ${x} 16`,
          'none',
          'stroke="#b9a796" stroke-width="3.5" stroke-linecap="round"',
        );
      }) +
      shape('M72 56 Q90 56 86 68 Q82 76 70 74') +
      shape('M24 50 L74 50 L70 82 Q68 88 60 88 L38 88 Q30 88 28 82 Z', '#5b8def') +
      oval(49, 50, 25, 5, '#7a4a2b', line),
  },
  'swimming-fish': {
    frames: 12,
    delay: 80,
    frame: (time) => {
      const [x, y] = [130 - 160 * time, 50 + 5 * wave(time * 2)];
      const fish =
        shape(`M20 0 L34 ${-10 + 3 * wave(time * 3)} L34 ${10 + 3 * wave(time * 3)} Z`, '#f5943a') +
        oval(0, 0, 22, 14, '#f5a65b', line) +
        shape('M2 -12 Q8 0 2 12') +
        dot(-11, -3, 3, ink);
      return (
        ground('#bfe6ff') +
        many(5, (bubble) =>
          dot(14 + 18 * bubble, 100 - ((chance(bubble + 2) + time) % 1) * 100, 2 + bubble / 2, '#eaf7ff'),
        ) +
        moved(`translate(${x} ${y})`, fish) +
        shape('M16 102 Q10 86 18 76', 'none', 'stroke="#4cba6b" stroke-width="5" stroke-linecap="round"') +
        shape('M84 102 Q92 84 82 70', 'none', 'stroke="#4cba6b" stroke-width="5" stroke-linecap="round"')
      );
    },
  },
};
