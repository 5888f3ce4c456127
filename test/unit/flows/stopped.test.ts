import assert from 'node:assert/strict';
import { canonical } from '../../../src/lib/domain/canonical.ts';
import { LostError } from '../../../src/lib/domain/errors.ts';
import { stoppedText } from '../../../src/lib/flows/stopped.ts';
import { observed } from '../../support/core.ts';
import { fakeHost } from '../engine/fakes.ts';

const at = '2026-11-19T15:13:41Z';
const begun = (stage: string): string =>
  `${canonical({ at, fence: 3, intent: { cause: 'digest differs', stage }, what: ['docker', 'x'] })}\n`;
const ended = (stage: string): string => `${begun(stage)}${canonical({ at, ms: 1, of: 1, rc: 0 })}\n`;

/** Hosts by their journals; without one, the host does not answer. */
const stopped = (journals: Readonly<Record<string, string | undefined>>): Promise<string | undefined> =>
  stoppedText(
    Object.entries(journals).map(([name, text]) => ({
      host: fakeHost(name, {
        journal: (deployment) => {
          assert.equal(deployment, 'd48');
          return text === undefined ? Promise.reject(new LostError(name, 'gone')) : Promise.resolve(text);
        },
      }),
      observed: observed({ host: name }),
    })),
    'd48',
  );

describe('where a deployment stopped', () => {
  for (const [what, journals, expected] of [
    ['is not known without journals', { a: '', b: undefined }, undefined],
    ['is where a step has no end', { a: ended('switch'), b: begun('pull'), c: '' }, 'in pull, b'],
    [
      'is the last stage that was begun, on all of its hosts',
      { 'a-1': ended('switch'), 'a-2': ended('switch'), 'a-3': ended('pull') },
      'after switch, a-1..2',
    ],
    ['is told by the hosts that answer', { a: undefined, b: begun('switch') }, 'in switch, b'],
  ] as const) {
    it(what, async () => assert.equal(await stopped(journals), expected));
  }
});
