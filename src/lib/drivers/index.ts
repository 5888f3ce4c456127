import type { Driver } from './driver.ts';
import { compose } from './compose/driver.ts';

export const drivers = { compose } satisfies Record<string, Driver>;
