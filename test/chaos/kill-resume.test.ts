import assert from 'node:assert/strict';
import type { Story } from './support/aftermath.ts';
import { hd } from './support/hd.ts';
import { Killed } from './support/killed.ts';
import { matrix } from './support/matrix.ts';

class KilledResume extends Killed {
  readonly name = 'resume on one host';
  readonly effects = [/^lock /, /^append /, /^unlock /];
  readonly sample = 3;

  protected override async begin(serves: string, other: string): Promise<Story> {
    const version = other.slice(1);
    const at = { key: 'pull on orin', moment: 'in' } as const;
    await this.forget(other);
    const deploy = ['deploy', this.environment, '--tag', other, '--yes'];
    const told = await hd(deploy, { cwd: this.here.lab.project, env: this.here.env }, at);
    assert.equal(told.killed?.key, at.key, told.stderr);
    const argv = ['resume', this.environment];
    return { argv, old: serves.slice(1), between: version, target: version, exit: 0 };
  }
}

matrix(new KilledResume('orin'));
