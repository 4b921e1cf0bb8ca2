// Installs what is missing; says and does nothing when nothing is.

import './node-version.mjs';
import { install, setUp } from './setup.mjs';

await setUp(install);
