// All dialects, by name. A new one is a folder and a line here.

import type { Dialect } from './dialect.ts';
import { urge } from './urge/index.ts';

export const dialects: readonly Dialect[] = [urge];
