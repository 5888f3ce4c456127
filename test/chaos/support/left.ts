/** What is on a host while a deployment is under way or was left, read past hd. */
import assert from 'node:assert/strict';
import { run } from '../../../src/lib/lab/process.ts';
import type { TestLab } from '../../e2e/support/lab.ts';
import type { Entry } from '../../e2e/support/sound.ts';

const LOOK = `cd "$1" 2>/dev/null || exit 0
echo '== ledger'
[ ! -f .hd/ledger.jsonl ] || cat .hd/ledger.jsonl
echo '== deployments'
ls releases .hd/steps 2>/dev/null
echo '== running'
for step in .hd/steps/*/*/; do
  [ -f "$step/out" ] || continue
  [ -f "$step/rc" ] || flock -n "$step/out" true || echo "$step"
done
echo '== containers'
docker ps --all --format '{{.Names}} {{.State}}'
`;

export interface Left {
  ledger: readonly Entry[];
  /** Deployments that a directory was made for. */
  deployments: readonly string[];
  /** Steps that somebody still holds the output of. */
  running: readonly string[];
  /** `healthdelta-backend-1 running`, whatever project they are of. */
  containers: readonly string[];
}

export async function leftOn(lab: TestLab, host: string, directory = '/opt/healthdelta'): Promise<Left> {
  return leftOf(await lab.onHost(host, ['sh', '-c', LOOK, 'look', directory]));
}

/** What a look on this machine says. */
export async function leftHere(directory: string, dockerHost: string | undefined): Promise<Left> {
  const env = dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost };
  return leftOf(await run(['sh', '-c', LOOK, 'look', directory], { env }));
}

function leftOf(text: string): Left {
  const parts = `\n${text}`.split('\n== ').map((part) => part.split('\n'));
  const section = (name: string): string[] =>
    (parts.find(([head]) => head === name) ?? []).slice(1).filter((line) => line !== '');
  return {
    ledger: whole(section('ledger')),
    deployments: [...new Set(section('deployments').filter((line) => /^d\d+$/.test(line)))],
    running: section('running'),
    containers: section('containers').sort(),
  };
}

/** A last line without its end is being written, or was never acknowledged. */
function whole(lines: readonly string[]): Entry[] {
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Entry);
}

/** Nothing happened on the host that its ledger does not know: each deployment that left something was started. */
export function assertRecorded({ ledger, deployments }: Left, host: string): void {
  const started = new Set(ledger.filter(({ kind }) => kind === 'started').map((each) => each.deployment));
  const unrecorded = deployments.filter((each) => !started.has(each));
  assert.deepEqual(unrecorded, [], `effects on ${host} without an entry`);
}

/** The deployment that began last, if it has no end. */
export function openIn(ledger: readonly Entry[]): string | undefined {
  const at = ledger.findLastIndex(({ kind }) => kind === 'started');
  const { deployment } = ledger[at] ?? {};
  const ended = ledger.slice(at).some((each) => each.kind === 'finished' && each.deployment === deployment);
  return ended ? undefined : deployment;
}

/** How many beginnings never had an end of their own: others were made in their place. */
export function unendedIn(ledger: readonly Entry[]): number {
  const ended = ledger.flatMap(({ kind, deployment }) => (kind === 'finished' ? [deployment] : []));
  return ledger.filter(({ kind, deployment }) => kind === 'started' && !ended.includes(deployment)).length;
}
