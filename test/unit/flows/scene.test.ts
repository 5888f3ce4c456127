import assert from 'node:assert/strict';
import { Scene } from '../../../src/lib/flows/scene.ts';
import { environment, observed } from '../../support/core.ts';
import { fakeHost, Recorder } from '../engine/fakes.ts';
import { planOf } from '../../support/approvals.ts';

describe('what a person sees of a deployment as it begins', () => {
  const warnings = (...skews: number[]): string[] => {
    const recorder = new Recorder();
    const hosts = skews.map((_, index) => `web-${index + 1}`);
    const seen = skews.map((skewMs, index) => {
      const name = hosts[index] ?? '';
      return { host: fakeHost(name, {}), observed: observed({ host: name, skewMs }) };
    });
    new Scene(recorder, environment({ hosts }), []).open('d1', planOf('7c1e'), seen);
    return recorder.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  };

  it('is warned of clocks that are more than 5 s apart, each way, and of no others', () => {
    assert.deepEqual(warnings(600_000, -600_000, 5000, -5000, 0), [
      "the clock of web-1 is 10m 00s ahead of this machine's",
      "the clock of web-2 is 10m 00s behind this machine's",
    ]);
    assert.equal(warnings(5001).length, 1);
  });
});
