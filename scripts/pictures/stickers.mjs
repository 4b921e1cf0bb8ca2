// The stickers, as SVG in a square of 100: by pack and id. src/dialects/nerutalk/sticker-catalogue.ts names them.

const ink = '#3b2f2f';
const line = `stroke="${ink}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"`;

/** @param {number} x @param {number} y @param {number} r @param {string} fill @param {string} [more] */
const dot = (x, y, r, fill, more = '') => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}" ${more}/>`;
/** @param {number} x @param {number} y @param {number} rx @param {number} ry @param {string} fill @param {string} [more] */
const oval = (x, y, rx, ry, fill, more = '') =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
/** @param {string} d @param {string} [fill] */
const shape = (d, fill = 'none') => `<path d="${d}" fill="${fill}" ${line}/>`;
/** Without an outline. @param {string} d @param {string} fill */
const patch = (d, fill) => `<path d="${d}" fill="${fill}"/>`;
/** Drawn on both sides of the middle. @param {string} one */
const both = (one) => `${one}<g transform="translate(100 0) scale(-1 1)">${one}</g>`;

const heart = (
  /** @type {string} */ fill,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ size,
) =>
  `<path transform="translate(${x} ${y}) scale(${size})" d="M0 9 C-12 0 -9 -9 -4 -9 C-1 -9 0 -6 0 -5 C0 -6 1 -9 4 -9 C9 -9 12 0 0 9 Z" fill="${fill}"/>`;

// Faces

const face = dot(50, 50, 42, '#ffd45e', line) + patch('M16 62 A42 42 0 0 0 84 62 A42 36 0 0 1 16 62 Z', '#f7bd3c');
const eyes = both(oval(35, 43, 5, 7, ink) + dot(36.5, 40, 2, '#fff'));
const cheeks = both(oval(26, 58, 7, 4.5, '#ff9d8a'));
const smile = shape('M34 60 Q50 76 66 60');
const grin = shape('M30 57 Q50 62 70 57 Q68 80 50 80 Q32 80 30 57 Z', '#8d2f3c') + oval(50, 75, 10, 5, '#ff8296');
const closed = both(shape('M28 44 Q35 36 42 44'));

const emotions = {
  happy: face + eyes + cheeks + smile,
  sad:
    face +
    eyes +
    shape('M37 70 Q50 59 63 70') +
    both(shape('M27 33 L38 29')) +
    patch('M31 52 Q24 64 31 67 Q38 64 31 52 Z', '#6db7f2'),
  love: face + both(heart('#ef4763', 34, 44, 1.15)) + cheeks + smile,
  angry:
    dot(50, 50, 42, '#f4785a', line) +
    both(oval(36, 48, 4.5, 6, ink) + shape('M25 34 L43 41')) +
    shape('M38 70 Q50 62 62 70'),
  laugh: face + closed + grin + both(patch('M22 46 Q12 55 20 60 Q28 57 22 46 Z', '#6db7f2')),
  surprised:
    face +
    both(dot(34, 44, 8, '#fff', line) + dot(34, 44, 3, ink) + shape('M26 28 Q33 23 40 27')) +
    oval(50, 69, 8, 10, '#8d2f3c', line),
  sleepy:
    face +
    both(shape('M28 46 Q35 51 42 46')) +
    oval(48, 67, 6, 5, '#8d2f3c', line) +
    shape('M66 20 L78 20 L66 34 L78 34') +
    shape('M82 8 L90 8 L82 17 L90 17'),
  cool:
    face +
    both(shape('M22 36 L48 36 Q47 54 35 54 Q23 53 22 36 Z', ink)) +
    shape('M12 37 L88 37') +
    shape('M36 65 Q54 74 66 60'),
  shy: face + closed + both(oval(27, 57, 10, 6, '#ff7f78')) + shape('M42 66 Q46 70 50 66 Q54 70 58 66'),
};

// Animals

/** A head with a face; the ears come first, behind it. @param {string} ears @param {string} fill @param {string} [marks] */
const head = (ears, fill, marks = '') => both(ears) + oval(50, 56, 38, 34, fill, line) + marks;
const look = both(oval(36, 52, 4.5, 6, ink) + dot(37.5, 49.5, 1.8, '#fff'));
const muzzle = patch('M45 62 L55 62 L50 67 Z', ink) + shape('M50 67 Q49 75 41 73') + shape('M50 67 Q51 75 59 73');
const blush = both(oval(24, 64, 6, 4, '#ffb3a7'));

const animals = {
  cat:
    head(
      shape('M16 50 L18 12 L44 28 Z', '#f5a65b') + patch('M21 36 L23 21 L34 28 Z', '#ffd0c2'),
      '#f5a65b',
      shape('M42 27 L43 36') + shape('M50 25 L50 36') + shape('M58 27 L57 36'),
    ) +
    look +
    muzzle +
    both(shape('M10 62 L24 64') + shape('M11 73 L25 69')),
  dog:
    oval(50, 54, 36, 36, '#e8c39a', line) +
    both(shape('M24 24 Q4 28 10 64 Q24 66 30 34 Z', '#9c6b43')) +
    oval(64, 48, 12, 14, '#c8955f') +
    look +
    oval(50, 68, 16, 13, '#fff3e2') +
    oval(50, 62, 6, 4.5, ink) +
    shape('M50 66 L50 71 Q44 77 39 72') +
    shape('M50 71 Q56 77 61 72') +
    patch('M45 75 Q50 92 55 75 Z', '#ff8296'),
  panda:
    head(dot(22, 24, 13, ink), '#fff', both(`<g transform="rotate(25 34 52)">${oval(34, 53, 10, 13, ink)}</g>`)) +
    both(dot(37, 52, 4, '#fff') + dot(37.5, 52, 2.2, ink)) +
    muzzle +
    blush,
  rabbit:
    both(
      shape('M28 40 Q14 -4 32 4 Q46 12 43 36 Z', '#f3eef2') + patch('M31 32 Q22 6 32 11 Q39 16 38 32 Z', '#ffb9c4'),
    ) +
    oval(50, 60, 35, 31, '#f3eef2', line) +
    look +
    patch('M45 62 L55 62 L50 67 Z', '#ef8398') +
    shape('M50 67 L50 71') +
    shape('M43 70 Q46 75 50 71 Q54 75 57 70') +
    '<rect x="45.5" y="74" width="9" height="9" rx="2" fill="#fff" stroke="#3b2f2f" stroke-width="2"/>' +
    blush,
  fox:
    both(shape('M14 46 L14 8 L44 28 Z', '#ee7b3a') + patch('M19 32 L19 19 L31 27 Z', ink)) +
    shape('M10 46 Q14 26 50 26 Q86 26 90 46 Q84 66 50 90 Q16 66 10 46 Z', '#ee7b3a') +
    both(patch('M12 49 Q32 46 50 86 Q20 68 12 49 Z', '#fff3e2')) +
    both(oval(35, 51, 4, 5.5, ink) + dot(36.3, 49, 1.5, '#fff')) +
    oval(50, 84, 6, 5, ink),
  bear:
    head(dot(20, 26, 13, '#a8714a', line) + dot(20, 26, 6, '#d9a47a'), '#a8714a') +
    look +
    oval(50, 70, 17, 13, '#e8c39a') +
    oval(50, 64, 6, 4.5, ink) +
    shape('M50 68 L50 72 Q45 78 40 74') +
    shape('M50 72 Q55 78 60 74'),
  frog:
    both(dot(28, 28, 16, '#7cc576', line) + dot(28, 27, 9, '#fff') + dot(29, 28, 5, ink)) +
    oval(50, 60, 42, 31, '#7cc576', line) +
    oval(50, 74, 28, 13, '#a9dc9c') +
    shape('M22 60 Q50 80 78 60') +
    both(dot(45, 50, 1.8, ink)) +
    both(oval(20, 62, 6, 4, '#ffb3a7')),
  penguin:
    both(shape('M20 50 Q2 68 10 80 Q20 76 26 66 Z', '#3f4a63')) +
    oval(50, 52, 34, 42, '#3f4a63', line) +
    patch('M50 32 Q40 20 28 34 Q20 52 30 74 Q40 92 50 92 Q60 92 70 74 Q80 52 72 34 Q60 20 50 32 Z', '#fff') +
    both(oval(38, 44, 4, 5.5, ink)) +
    shape('M41 53 L59 53 L50 63 Z', '#f5a431') +
    both(oval(36, 93, 10, 5, '#f5a431', line)) +
    both(oval(29, 56, 5, 3, '#ffb3a7')),
  chick:
    shape('M44 16 Q46 4 52 14 Q60 6 57 18', '#ffd75e') +
    oval(50, 54, 37, 38, '#ffe07a', line) +
    both(shape('M16 54 Q4 64 18 74 Q26 66 22 54 Z', '#ffd052')) +
    both(oval(37, 46, 4.5, 6, ink) + dot(38.3, 44, 1.7, '#fff')) +
    shape('M41 54 L59 54 L50 65 Z', '#f5943a') +
    both(oval(28, 57, 6, 4, '#ffab91')),
};

// Reactions

const skin = '#ffcf8f';
const thumb =
  shape(
    'M36 46 Q50 34 48 14 Q60 8 63 24 Q64 34 60 42 L80 42 Q88 44 86 52 Q90 58 84 64 Q86 71 79 75 Q79 84 70 84 L44 84 Q38 84 36 80 Z',
    skin,
  ) +
  shape('M68 53 L84 53') +
  shape('M68 64 L83 64') +
  shape('M66 75 L78 75') +
  '<rect x="14" y="42" width="22" height="44" rx="5" fill="#5b8def" stroke="#3b2f2f" stroke-width="3"/>';
const palm =
  'M32 86 Q20 70 14 54 Q12 46 19 46 Q24 47 29 57 L24 26 Q24 19 30 19 Q35 20 36 27 L40 46 L40 16 Q41 9 47 9 Q53 9 53 16 L54 46 L58 20 Q60 13 66 15 Q70 17 69 24 L66 50 L73 34 Q77 28 82 31 Q86 34 83 41 L74 68 Q70 82 62 88 Z';
const badge = (/** @type {string} */ fill) =>
  dot(50, 50, 41, fill, line) +
  `<path d="M17 40 A35 35 0 0 1 50 15" fill="none" stroke="#fff" stroke-opacity="0.6" stroke-width="4" stroke-linecap="round"/>`;
const white = 'fill="none" stroke="#fff" stroke-width="10" stroke-linecap="round" stroke-linejoin="round"';

const reactions = {
  thumbs_up: thumb,
  thumbs_down: `<g transform="translate(0 100) scale(1 -1)">${thumb}</g>`,
  clap:
    `<g transform="rotate(-24 50 50) translate(4 6) scale(0.86)">${shape(palm, '#f2b673')}</g>` +
    `<g transform="rotate(12 50 50) translate(16 14) scale(0.84)">${shape(palm, skin)}</g>` +
    shape('M10 22 L18 30') +
    shape('M30 6 L33 16') +
    shape('M92 18 L85 26'),
  wave:
    `<g transform="rotate(14 50 60)">${shape(palm, skin)}</g>` +
    shape('M8 34 Q6 22 14 14') +
    shape('M92 66 Q96 76 90 86'),
  yes: badge('#4cba6b') + `<path d="M28 52 L44 67 L73 35" ${white}/>`,
  no: badge('#e9564f') + `<path d="M33 33 L67 67 M67 33 L33 67" ${white}/>`,
  question:
    badge('#8c6ff0') +
    `<path d="M36 39 Q37 25 50 25 Q64 26 64 39 Q63 49 51 53 L51 60" ${white}/>` +
    dot(51, 75, 6, '#fff'),
  fire:
    shape(
      'M52 6 Q56 24 70 36 Q84 50 78 70 Q70 93 48 93 Q22 90 20 66 Q20 50 32 38 Q34 48 40 50 Q36 26 52 6 Z',
      '#f4683c',
    ) +
    patch(
      'M50 42 Q54 54 62 62 Q68 72 62 81 Q56 89 48 88 Q34 86 34 72 Q36 62 42 58 Q44 64 48 64 Q46 52 50 42 Z',
      '#ffd45e',
    ),
  broken_heart:
    shape('M50 90 Q4 56 10 32 Q16 12 34 14 Q44 16 47 26 L41 38 L54 48 L46 60 L55 70 Z', '#ef4763') +
    shape('M57 89 Q98 56 91 32 Q85 12 67 14 Q56 17 54 27 L50 37 L63 46 L55 58 L63 69 Z', '#e0395a'),
};

// Celebrations

/** @param {number} points @param {number} outer @param {number} inner @param {number} y */
function starOf(points, outer, inner, y) {
  const corners = Array.from({ length: points * 2 }, (_, corner) => {
    const reach = corner % 2 === 0 ? outer : inner;
    const turn = (corner * Math.PI) / points - Math.PI / 2;
    return `${(50 + reach * Math.cos(turn)).toFixed(1)} ${(y + reach * Math.sin(turn)).toFixed(1)}`;
  });
  return `M${corners.join(' L')} Z`;
}

/** @param {number} x @param {number} y @param {number} reach @param {string} colour */
function burst(x, y, reach, colour) {
  return Array.from({ length: 10 }, (_, ray) => {
    const [across, down] = [Math.cos((ray * Math.PI) / 5), Math.sin((ray * Math.PI) / 5)];
    const from = reach * 0.35;
    const path = `M${(x + across * from).toFixed(1)} ${(y + down * from).toFixed(1)} L${(x + across * reach).toFixed(1)} ${(y + down * reach).toFixed(1)}`;
    return `<path d="${path}" stroke="${colour}" stroke-width="4" stroke-linecap="round"/>`;
  }).join('');
}

const friendly = both(oval(40, 50, 3.5, 5, ink)) + shape('M43 60 Q50 67 57 60') + both(oval(32, 59, 4.5, 3, '#ff9d8a'));
const petals = Array.from(
  { length: 6 },
  (_, petal) => `<g transform="rotate(${petal * 60} 50 38)">${oval(50, 19, 10, 14, '#f78fb3', line)}</g>`,
).join('');

const celebrations = {
  cake:
    '<rect x="16" y="52" width="68" height="36" rx="7" fill="#f7c6a3" stroke="#3b2f2f" stroke-width="3"/>' +
    shape(
      'M16 60 Q16 50 25 50 L75 50 Q84 50 84 60 Q80 70 73 62 Q66 72 58 63 Q50 73 42 63 Q34 72 27 62 Q20 70 16 60 Z',
      '#fff3f6',
    ) +
    both(
      '<rect x="31" y="30" width="6" height="20" rx="2" fill="#6db7f2" stroke="#3b2f2f" stroke-width="2"/>' +
        patch('M34 14 Q41 24 34 29 Q27 24 34 14 Z', '#ffb43c'),
    ) +
    '<rect x="47" y="26" width="6" height="24" rx="2" fill="#ef8398" stroke="#3b2f2f" stroke-width="2"/>' +
    patch('M50 9 Q57 19 50 25 Q43 19 50 9 Z', '#ffb43c') +
    shape('M10 90 L90 90'),
  balloon:
    shape('M50 72 Q42 82 50 88 Q56 92 50 98') +
    oval(50, 38, 30, 34, '#ef5d6c', line) +
    patch('M46 72 L54 72 L58 78 L42 78 Z', '#c93f52') +
    `<path d="M31 34 Q33 18 44 14" fill="none" stroke="#fff" stroke-opacity="0.7" stroke-width="5" stroke-linecap="round"/>`,
  gift:
    both(shape('M50 32 Q24 34 26 18 Q32 6 50 32 Z', '#ffd45e')) +
    '<rect x="18" y="46" width="64" height="44" rx="5" fill="#8c6ff0" stroke="#3b2f2f" stroke-width="3"/><rect x="12" y="32" width="76" height="17" rx="5" fill="#a58cff" stroke="#3b2f2f" stroke-width="3"/><rect x="43" y="33.5" width="14" height="55" fill="#ffd45e"/>',
  trophy:
    both(shape('M28 20 Q8 18 12 36 Q16 50 34 50')) +
    shape('M26 12 L74 12 Q76 56 50 60 Q24 56 26 12 Z', '#ffcf4a') +
    shape('M46 60 L54 60 L56 76 L44 76 Z', '#f0b52e') +
    '<rect x="30" y="76" width="40" height="13" rx="4" fill="#9c6b43" stroke="#3b2f2f" stroke-width="3"/>' +
    patch(starOf(5, 14, 6, 34), '#fff6d6'),
  star: shape(starOf(5, 46, 24, 53), '#ffd45e') + friendly,
  flower:
    shape('M50 50 Q47 76 50 96') +
    shape('M50 82 Q30 84 26 68 Q44 64 50 82 Z', '#7cc576') +
    shape('M50 86 Q70 86 74 70 Q56 68 50 86 Z', '#7cc576') +
    petals +
    dot(50, 38, 13, '#ffd45e', line) +
    both(oval(45.5, 36, 2, 3, ink)) +
    shape('M45 42 Q50 46 55 42'),
  sun: patch(starOf(12, 48, 36, 50), '#ffb43c') + dot(50, 50, 31, '#ffd45e', line) + friendly,
  moon:
    dot(50, 50, 44, '#3f4a8a', line) +
    patch('M58 16 Q28 20 26 50 Q28 82 62 84 Q46 70 46 50 Q46 30 58 16 Z', '#ffe9a8') +
    shape('M31 48 Q35 52 39 48') +
    shape('M35 62 Q39 66 43 62') +
    dot(70, 34, 2.5, '#fff') +
    dot(78, 54, 2, '#fff') +
    dot(62, 56, 1.8, '#fff') +
    dot(72, 70, 2.5, '#fff'),
  fireworks:
    dot(50, 50, 45, '#2f3566', line) +
    burst(36, 38, 20, '#ffd45e') +
    burst(66, 46, 17, '#ef8398') +
    burst(44, 72, 15, '#7fd6c2') +
    dot(36, 38, 3, '#fff') +
    dot(66, 46, 3, '#fff') +
    dot(44, 72, 2.5, '#fff'),
};

/** @type {Record<string, Record<string, string>>} */
export const stickers = { emotions, animals, reactions, celebrations };
