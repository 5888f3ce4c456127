import type { Check, Subject } from './check.ts';
import { compose } from './compose.ts';
import { downtime } from './downtime.ts';
import { live, ready } from './http.ts';
import { image } from './image.ts';
import { logs } from './logs.ts';
import { restarts } from './restarts.ts';
import { smoke } from './smoke.ts';
import { version } from './version.ts';

/** In the order in which a person reads them. A new check is one file and one line here. */
const all: readonly ((subject: Subject) => Check[])[] = [
  image,
  version,
  live,
  ready,
  compose,
  restarts,
  downtime,
  logs,
  smoke,
];

/** Every check that the environment declares, for one host. */
export function checksFor(subject: Subject): Check[] {
  return all.flatMap((each) => each(subject));
}
