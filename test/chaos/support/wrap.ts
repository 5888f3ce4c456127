/**
 * Sees every exchange of hd with the outside: what it runs on hosts, what it asks of GitHub and of registries. For what is
 * loaded by `node --import` before hd is loaded from its source; hd itself knows nothing of it.
 */
import childProcess, { type ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { SshShell } from '../../../src/lib/adapters/ssh/shell.ts';
import type { Command, RunOptions } from '../../../src/lib/ports.ts';
import { Counter, nameOfRequest, nameOfRun, type Exchange } from './exchanges.ts';

/** What is told of one exchange; `before` and `ended` are waited for. */
export interface Watcher {
  before?(): void | Promise<void>;
  sent?(): void;
  /** The answer has begun: what comes may be far from its end. */
  firstWord?(): void;
  /** It has an answer or has failed, and hd does not know yet. */
  ended?(): void | Promise<void>;
}

/** @param watch is asked once for each exchange, in the order in which they begin */
export function watchExchanges(watch: (exchange: Exchange) => Watcher): void {
  const counter = new Counter();
  watchShells(counter, watch);
  watchFetch(counter, watch);
  watchProcesses(counter, watch);
}

async function watched<T>(watcher: Watcher, begin: () => Promise<T>): Promise<T> {
  await watcher.before?.();
  const begun = begin();
  watcher.sent?.();
  try {
    return await begun;
  } finally {
    await watcher.ended?.();
  }
}

type Watch = (exchange: Exchange) => Watcher;
type Method<K extends 'run' | 'connect'> = (
  this: SshShell,
  ...args: Parameters<SshShell[K]>
) => ReturnType<SshShell[K]>;

function watchShells(counter: Counter, watch: Watch): void {
  const shell = SshShell.prototype;
  const run = Reflect.get(shell, 'run') as Method<'run'>;
  const connect = Reflect.get(shell, 'connect') as Method<'connect'>;
  shell.run = function (this: SshShell, command: Command, options: RunOptions = {}) {
    const watcher = watch(counter.next(nameOfRun(command.argv, command.stdin), this.host));
    const heard = (listener?: (text: string) => void) => (text: string) => {
      watcher.firstWord?.();
      listener?.(text);
    };
    const listening = { ...options, onStdout: heard(options.onStdout), onStderr: heard(options.onStderr) };
    return watched(watcher, () => run.call(this, command, listening));
  };
  shell.connect = function (this: SshShell, ...args: Parameters<SshShell['connect']>) {
    const watcher = watch(counter.next('connect', this.host));
    return watched(watcher, () => connect.apply(this, args));
  };
}

function watchFetch(counter: Counter, watch: Watch): void {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? 'GET';
    const on = url.pathname.startsWith('/v2/') ? 'registry' : 'GitHub';
    const looks = method === 'GET' || method === 'HEAD';
    const watcher = watch(counter.next(nameOfRequest(method, url), on, looks));
    return watched(watcher, () => fetch(input, init));
  };
}

/** `hosts: [local]`: hd runs its programs as processes of its own. Nothing of them can be held back here. */
function watchProcesses(counter: Counter, watch: Watch): void {
  const { spawn } = childProcess;
  const watching = (file: string, args: readonly string[], options: object): ChildProcess => {
    if (file !== 'sh' || args[2] !== 'hd') return spawn(file, args, options);
    const watcher = watch(counter.next(nameOfRun([file, ...args], undefined), 'local'));
    void watcher.before?.();
    const child: ChildProcess = spawn(file, args, options);
    child.stdout?.once('data', () => watcher.firstWord?.());
    child.stderr?.once('data', () => watcher.firstWord?.());
    child.once('close', () => void watcher.ended?.());
    watcher.sent?.();
    return child;
  };
  childProcess.spawn = watching as typeof spawn;
  syncBuiltinESMExports();
}
