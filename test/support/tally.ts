import { appendFileSync } from 'node:fs';
import { reporters, type MochaOptions, type Runner } from 'mocha';

/**
 * Mocha's own `spec` on the screen, and at the end a line `PASSED FAILED` in the file that HD_TEST_TALLY names, so
 * that bin/test can add up its runs.
 */
export default class Tally extends reporters.Spec {
  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env['HD_TEST_TALLY'];
      if (file !== undefined) appendFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`);
    });
  }
}
