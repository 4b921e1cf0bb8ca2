// What all route files of Pythia are handed.

import type { Surroundings } from '../dialect.ts';
import type { LostAnswers } from '../fastapi.ts';
import type { Ids } from './manners.ts';
import type { Presenters } from './presenters.ts';

export interface Kit extends Surroundings {
  present: Presenters;
  read: Ids;
  lost: LostAnswers;
}
