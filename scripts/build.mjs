// Builds the server into dist/, if the sources changed.

import './node-version.mjs';
import { build, setUp } from './setup.mjs';

await setUp(build);
