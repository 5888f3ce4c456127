import { Flags } from '@oclif/core';
import type { App } from './app.ts';
import { GITHUB_WAIT_MS } from './domain/limits.ts';
import { requireLogins } from './domain/registry-login.ts';
import type { ReleaseRequest, ReleaseWorld } from './flows/release/index.ts';
import { limitOf } from './limit-flags.ts';

export const releaseFlags = {
  bump: Flags.string({
    summary: 'instead of a version: the next one after the newest',
    helpValue: 'PART',
    options: ['patch', 'minor', 'major'],
  }),
  pre: Flags.string({
    summary: 'a pre-release of it, numbered: rc makes v1.4.0-rc.1',
    helpValue: 'NAME',
  }),
  branch: Flags.string({
    summary: 'a maintenance line instead of the release branch',
    helpValue: 'NAME',
  }),
  commit: Flags.string({
    summary: 'a commit on the branch instead of its head',
    helpValue: 'SHA',
  }),
  sign: Flags.boolean({ summary: 'sign the tag with the local git, and push it' }),
  'dry-run': Flags.boolean({
    char: 'n',
    summary: 'print what would be tagged and the gates, create nothing',
    helpGroup: 'Before',
  }),
  timeout: Flags.string({
    summary: 'limit for checks that still run, and for the run (30m)',
    helpValue: 'TIME',
    helpGroup: 'Before',
  }),
  yes: Flags.boolean({ summary: 'answer yes: tag it', helpGroup: 'Asking' }),
};

/** For the checks and for the run, each. */
const RUN_MS = 30 * 60_000;

interface ReleaseFlagValues {
  bump?: string | undefined;
  pre?: string | undefined;
  branch?: string | undefined;
  commit?: string | undefined;
  sign: boolean;
  'dry-run': boolean;
  timeout?: string | undefined;
  yes: boolean;
}

/** @throws UsageError if the timeout is no duration */
export function releaseRequest(version: string | undefined, flags: ReleaseFlagValues): ReleaseRequest {
  const timeoutMs = limitOf('timeout', flags.timeout) ?? RUN_MS;
  const { bump, pre, branch, commit } = flags;
  return {
    ...(version !== undefined && { version }),
    ...((bump === 'patch' || bump === 'minor' || bump === 'major') && { bump }),
    ...(pre !== undefined && { pre }),
    ...(branch !== undefined && { branch }),
    ...(commit !== undefined && { commit }),
    ...{ sign: flags.sign, dryRun: flags['dry-run'], yes: flags.yes, timeoutMs },
  };
}

/** What a release may reach, made from the composition root. */
export async function releaseWorldOf(app: App): Promise<ReleaseWorld> {
  const [config, github, registry] = await Promise.all([app.config(), app.github(), app.registry()]);
  requireLogins(config.registries, app.env);
  const { createGit } = await import('./adapters/git.ts');
  const { clock, reporter, prompt, signal } = app;
  return {
    ...{ config, github, registry, clock, reporter, prompt, signal },
    signer: createGit(config.root, app.waits.answerMs),
    patienceMs: app.waits.githubMs ?? GITHUB_WAIT_MS,
    zone: app.style.zone,
  };
}
