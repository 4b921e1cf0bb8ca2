// The icons: lines of one weight on a grid of 24, in the colour of the text beside them.

const paths = {
  archive: 'M4 8h16v11H4zM3 4h18v4H3zM10 12h4',
  arrowDown: 'M12 5v14M6 13l6 6 6-6',
  attach: 'M20 11.5 12 19.4a5 5 0 0 1-7-7l8.5-8.4a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.7 1.7 0 0 1-2.4-2.4l7.4-7.3',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7zM10 20a2 2 0 0 0 4 0',
  call: 'M6 3h3l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5z',
  chart: 'M4 4v16h16M8 15l3.5-4 3 2.5L20 8',
  callIn: 'M19 5 5 19M5 9v10h10',
  callOut: 'M5 19 19 5M9 5h10v10',
  chats: 'M4 5h16v11H10l-5 4v-4H4z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2 12.5 6.5 17 16 7.5M11 16l1 1L22 7.5',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  close: 'M6 6l12 12M18 6 6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  console: 'M4 5h16v14H4zM8 10l3 2.5L8 15M13 15h4',
  devices: 'M3 5h15v10H3zM8 19h5M10.5 15v4M17 10h4v9h-4z',
  document: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  edit: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  flag: 'M6 21V4M6 4.5c4-2 8 2 12 0v9c-4 2-8-2-12 0',
  fence: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z',
  forward: 'M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5v1',
  group:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8',
  hangUp: 'M2.5 14.5c5.5-5.5 13.5-5.5 19 0l-2.3 2.9-4-1.8v-2.9a10.5 10.5 0 0 0-6.4 0v2.9l-4 1.8z',
  hash: 'M9 4 7 20M17 4l-2 16M4 9h17M3 15h17',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.5v.01',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17',
  location: 'M12 21s-7-6-7-11.5a7 7 0 0 1 14 0C19 15 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2',
  megaphone: 'M4 10v4h3l9 4.5v-13L7 10zM8 14l1.5 6H12l-1-4.5M19 9.5a3.5 3.5 0 0 1 0 5',
  mention: 'M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1',
  maximize: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
  micOff:
    'M9 6a3 3 0 0 1 6 0v5m-1.2 2.4A3 3 0 0 1 9 11V9M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3M3.5 3.5l17 17',
  minimize: 'M20 10h-6V4M14 10l7-7M4 14h6v6M10 14l-7 7',
  more: 'M4.5 12a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0zM11.25 12a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0zM18 12a.75.75 0 1 0 1.5 0 .75.75 0 1 0-1.5 0z',
  mute: 'M6 10a6 6 0 0 1 10-4.5M18 11c.2 4 2 5 2 6H7M10 20a2 2 0 0 0 4 0M3 3l18 18',
  pause: 'M8 5v14M16 5v14',
  phone: 'M8 3h8v18H8zM11 18h2',
  play: 'M7 4.5v15l12-7.5z',
  plus: 'M12 5v14M5 12h14',
  reply: 'M10 6l-6 6 6 6M4 12h11a5 5 0 0 1 5 5v1',
  retry: 'M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5',
  screen: 'M3 5h18v12H3zM9 21h6M12 17v4M12 14V8.5M9.5 11 12 8.5l2.5 2.5',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM20 20l-4.7-4.7',
  send: 'M4 12 20 4l-6 16-3-6zM11 14l9-10',
  settings: 'M4 7h8M18 7h2M15 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17h2M12 17h8M9 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  signOut: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.01M15 9.5v.01',
  star: 'M12 3.5l2.6 5.3 5.9.9-4.3 4.1 1 5.8-5.2-2.8-5.2 2.8 1-5.8L3.5 9.7l5.9-.9z',
  stop: 'M7 7h10v10H7z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5V5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7',
  target: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM12 2v3M12 19v3M2 12h3M19 12h3M12 11.9v.2',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  video: 'M3 6h12v12H3zM15 10.5 21 7v10l-6-3.5z',
  videoOff: 'M10 6h5v5m0 3v4H3V6h2M15 10.5 21 7v10l-4-2.3M3.5 3.5l17 17',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3v.01',
} as const;

export type IconName = keyof typeof paths;

/** Says nothing to those who do not see it: whatever holds it has a name. */
export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className={filled ? 'icon icon-filled' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
