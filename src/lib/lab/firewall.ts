import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { attempt } from './process.ts';

/** What a Docker engine changes in this machine's network and leaves behind when it stops. */
export interface Firewall {
  /** False if another engine had its chains there already: then they are not the lab's to remove. */
  clean: boolean;
  /** `-P FORWARD ACCEPT`. */
  policy: string;
  ipForward: string;
}

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';

export async function readFirewall(): Promise<Firewall> {
  const rules = await rulesOf('filter');
  return {
    clean: !rules.some((rule) => rule.startsWith('-N DOCKER')),
    policy: rules.find((rule) => rule.startsWith('-P FORWARD ')) ?? '-P FORWARD ACCEPT',
    ipForward: (await readFile(IP_FORWARD, 'utf8')).trim(),
  };
}

/** Puts back what was there before the lab's engine, unless another engine runs that needs it. */
export async function restoreFirewall(before: Firewall): Promise<void> {
  if (!before.clean || (await engineRuns())) return;
  for (const table of ['filter', 'nat', 'raw']) {
    const rules = await rulesOf(table);
    const chains = rules
      .filter((rule) => rule.startsWith('-N DOCKER'))
      .map((rule) => rule.slice('-N '.length));
    for (const rule of rules.filter((each) => /^-A (?!DOCKER).* -j DOCKER/.test(each))) {
      await iptables(table, ['-D', ...rule.split(' ').slice(1)]);
    }
    for (const chain of chains) await iptables(table, ['-F', chain]);
    for (const chain of chains) await iptables(table, ['-X', chain]);
  }
  await iptables('filter', before.policy.split(' '));
  await writeFile(IP_FORWARD, before.ipForward);
}

async function rulesOf(table: string): Promise<string[]> {
  return (await iptables(table, ['-S'])).split('\n').filter((rule) => rule !== '');
}

async function iptables(table: string, args: readonly string[]): Promise<string> {
  return (await attempt(['iptables', '--table', table, ...args])).stdout;
}

/** Whether a dockerd runs in this network namespace. */
async function engineRuns(): Promise<boolean> {
  const here = await readlink('/proc/self/ns/net');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (name === 'dockerd\n' && (await readlink(`/proc/${pid}/ns/net`).catch(() => '')) === here) return true;
  }
  return false;
}
