// All dialects, by name. A new one is a folder and a line here.

import { aiMessaging } from './ai-messaging/index.ts';
import type { Dialect } from './dialect.ts';
import { nerutalk } from './nerutalk/index.ts';
import { pythia } from './pythia/index.ts';
import { urge } from './urge/index.ts';

export const dialects: readonly Dialect[] = [urge, aiMessaging, nerutalk, pythia];
