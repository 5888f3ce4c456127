import { hostname, userInfo } from 'node:os';

/** What the `%` tokens of ssh_config(5) stand for. */
export interface Tokens {
  host: string;
  original: string;
  port: string;
  user: string;
  keyName: string;
}

/** A path as ssh_config(5) has it, with `~`, `${VARIABLE}` and its tokens filled in; `ssh -G` prints some raw. */
export function expandPath(path: string, tokens: Tokens): string {
  const me = userInfo();
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    d: me.homedir,
    h: tokens.host,
    i: String(me.uid),
    k: tokens.keyName,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: tokens.original,
    p: tokens.port,
    r: tokens.user,
    u: me.username,
  };
  return path
    .replace(/^~(?=\/|$)/, me.homedir)
    .replace(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
    .replace(/%(.)/g, (whole, token: string) => values[token] ?? whole);
}
