// `npm start`: installs and builds what is missing, then becomes the server, so that signals reach it.

import './node-version.mjs';
import { build, install, setUp } from './setup.mjs';

await setUp(install, build);
await import(new URL('../dist/main.js', import.meta.url).href);
