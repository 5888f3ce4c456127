import { Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../../../src/lib/command.ts';
import { Exit } from '../../../../src/lib/domain/exit.ts';
import type { EndBlock } from '../../../../src/lib/domain/verdict.ts';

/** Works until it is asked to stop, as a flow does: `--deaf` never heeds it. */
export default class Work extends HdCommand<typeof Work> {
  static override flags = {
    deaf: Flags.boolean(),
    tag: Flags.string(),
    report: Flags.string(),
  };

  async execute(): Promise<Result> {
    const { reporter, signal } = this.app;
    this.leaving = () => stopped('prod-2 is not known');
    reporter.event({ type: 'header', verb: 'deploy v1.4.0 to prod', parts: ['acme/healthdelta'] });
    reporter.event({ type: 'stages', stages: [stage('ship'), stage('switch'), stage('verify')] });
    reporter.event({ type: 'stage', name: 'ship', mark: 'ok', text: '2 of 2 hosts', ms: 1100 });
    reporter.event({ type: 'stage', name: 'switch', mark: 'busy', text: '1 of 2 hosts, one at a time' });
    reporter.event({
      type: 'item',
      stage: 'switch',
      name: 'prod-1',
      mark: 'ok',
      serves: 'v1.4.0',
      text: 'ready',
      ms: 24_100,
    });
    reporter.event({
      type: 'item',
      stage: 'switch',
      name: 'prod-2',
      mark: 'busy',
      serves: 'v1.3.2',
      text: '/ready 503',
    });
    reporter.event({ type: 'footer', text: 'prod serves v1.4.0 on prod-1, v1.3.2 on prod-2' });
    const alive = setInterval(() => undefined, 1000);
    await new Promise<void>((resolve) => {
      if (!this.flags.deaf) signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(alive);
    reporter.event({
      type: 'stage',
      name: 'switch',
      mark: 'warn',
      text: 'stopped after 1 of 2 hosts',
      ms: 51_200,
    });
    return {
      block: stopped('prod serves v1.4.0 on prod-1, v1.3.2 on prod-2'),
      json: { serves: [{ host: 'prod-1', version: '1.4.0', note: process.env['GH_TOKEN'] }] },
    };
  }
}

const stage = (name: string) => ({ name, text: '2 hosts' });

function stopped(headline: string): EndBlock {
  const rows = [{ label: 'next', commands: [{ command: ['hd', 'resume', 'prod'] }] }];
  return {
    facts: [],
    verdict: { mark: 'warn', outcome: 'interrupted', headline, exit: Exit.interrupted, rows },
  };
}
