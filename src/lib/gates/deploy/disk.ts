import { size } from '../../domain/values.ts';
import type { DeployFacts, DeployGate } from './gate.ts';

/** Layers are kept unpacked beside what is downloaded; and a disk that is full to the brim stops more than a pull. */
const UNPACKED = 2.5;
const MARGIN_BYTES = 256_000_000;

/** Every host has room for what it has to pull. */
export const disk: DeployGate = {
  name: 'disk',
  judge({ disk: hosts }) {
    const pull = Math.max(0, ...hosts.map(({ pullBytes }) => pullBytes));
    const same = hosts.every(({ pullBytes }) => pullBytes === pull);
    const what = pull === 0 ? 'nothing to pull' : `${same ? '' : 'up to '}${size(pull)} to pull`;
    const short = hosts.filter((each) => each.freeBytes < needed(each));
    const [first, ...rest] = short;
    if (first !== undefined)
      return {
        state: 'closed',
        text: shortage(first),
        more: [
          ...rest.map(shortage),
          `${what}; unpacked it takes ${UNPACKED} times that, and ${size(MARGIN_BYTES)} stay free`,
        ],
        opensWhen: `there is room on ${short.map(({ host }) => host).join(', ')}`,
      };
    const [least] = hosts.toSorted((a, b) => a.freeBytes - b.freeBytes);
    if (least === undefined) return { state: 'open', text: what };
    const has =
      hosts.length === 1
        ? `${least.host} has ${size(least.freeBytes)}`
        : `${least.host} has least, ${size(least.freeBytes)}`;
    return { state: 'open', text: `${what}; ${has}` };
  },
};

function needed({ pullBytes }: DeployFacts['disk'][number]): number {
  return pullBytes * UNPACKED + MARGIN_BYTES;
}

function shortage(host: DeployFacts['disk'][number]): string {
  return `${host.host} has ${size(host.freeBytes)} free, and needs ${size(needed(host))}`;
}
