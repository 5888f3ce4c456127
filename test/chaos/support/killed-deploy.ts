import type { Environment, Story } from './aftermath.ts';
import { Killed } from './killed.ts';

/** A deployment to whose hosts the images are new. */
export class KilledDeploy extends Killed {
  readonly name: string;
  readonly effects = [
    ...[/^lock /, /^append .*started/, /^ship /, /^pull /, /^switch /, /^point /],
    ...[/^append .*finished/, /^prune /, /^unlock /],
  ];
  readonly sample: number;

  constructor(environment: Environment, name: string, sample: number) {
    super(environment);
    this.name = name;
    this.sample = sample;
  }

  protected override async begin(serves: string, other: string): Promise<Story> {
    await this.forget(other);
    const version = other.slice(1);
    const argv = ['deploy', this.environment, '--tag', other];
    return { argv, old: serves.slice(1), between: version, target: version, exit: 0 };
  }
}
