import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { release } from '../lib/flows/release/index.ts';
import { releaseFlags, releaseRequest, releaseWorldOf } from '../lib/releasing.ts';

export default class Release extends HdCommand<typeof Release> {
  static override summary = 'tag a version, follow its build, prove the image';
  static override examples = [
    { command: 'hd release 1.4.0', description: 'again, it finishes what was begun' },
    { command: 'hd release 1.4.0 --pre rc', description: 'v1.4.0-rc.1, then v1.4.0-rc.2' },
    { command: 'hd release 1.4.0 --yes', description: 'in CI: nothing is asked' },
    { command: 'hd release --bump patch --branch v1.3.x', description: 'a maintenance line' },
  ];
  static override args = { version: Args.string({ description: 'the version, as 1.4.0 or v1.4.0' }) };
  static override flags = releaseFlags;
  static exits = {
    0: 'released and proven, or it was already',
    3: 'refused by a gate; nothing was created',
    4: 'a token is missing, or lacks a permission',
    5: 'the build failed, or its image is not what it says',
    9: 'timed out, or not known; the same command goes on',
    11: "GitHub can't be reached; nothing was created",
  };

  async execute(): Promise<Result> {
    const request = releaseRequest(this.args.version, this.flags);
    const world = await releaseWorldOf(this.app);
    const { end, json } = await release(request, world, (block) => (this.leaving = block));
    return { block: end, json };
  }
}
