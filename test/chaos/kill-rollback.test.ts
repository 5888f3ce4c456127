import type { Story } from './support/aftermath.ts';
import { Killed } from './support/killed.ts';
import { matrix, type Case } from './support/matrix.ts';

/** A release that passes everything but the proof that it is itself. */
const BAD = 'v2.2.0';

class KilledBadDeploy extends Killed {
  readonly name = 'automatic rollback on one host';
  readonly effects = [
    ...[/^append .*started/, /^switch /, /^point /, /^switch 2 /, /^point 2 /],
    ...[/^append .*finished/, /^unlock /],
  ];
  readonly sample = 4;

  protected override async begin(serves: string): Promise<Story> {
    await this.forget(BAD);
    const old = serves.slice(1);
    const argv = ['deploy', this.environment, '--tag', BAD];
    return { argv, old, between: '0.0.0', target: old, exit: 6 };
  }
}

class KilledRollback extends Killed {
  readonly name = 'rollback on one host';
  readonly effects = [/^lock /, /^append .*started/, /^switch /, /^point /, /^append .*finished/, /^unlock /];
  readonly sample = 3;

  protected override begin(serves: string, other: string): Promise<Story> {
    const version = other.slice(1);
    const argv = ['rollback', this.environment, '--to', other];
    return Promise.resolve({ argv, old: serves.slice(1), between: version, target: version, exit: 0 });
  }

  /** Going back was begun: it is finished, by its own command as well. */
  protected override wayOut(story: Story, { random }: Case): ReturnType<Killed['wayOut']> {
    const argv = random() < 0.5 ? ['resume', this.environment] : [...story.argv];
    return Promise.resolve({ argv, exit: 0, version: story.target });
  }
}

matrix(new KilledBadDeploy('orin'));
matrix(new KilledRollback('orin'));
