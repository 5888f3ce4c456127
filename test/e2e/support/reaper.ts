/**
 * Takes a test's lab down when the test run ends, however it ends: the run holds the other end of this process's
 * standard input, and the system closes it even if the run is killed. `node reaper.ts`, with HD_LAB_HOME set.
 */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { down } from '../../../src/lib/lab/down.ts';
import { labHome } from '../../../src/lib/lab/home.ts';

process.stdin.resume();
await once(process.stdin, 'end');
const home = labHome(process.env);
await down(home, { purge: false }, process.env);
await rm(home.dir, { recursive: true, force: true });
