/** `prod-1..3` from `prod-1`, `prod-2`, `prod-3`: a name, and the numbers that follow it. */
interface Run {
  prefix: string;
  first: string;
  last: string;
}

/**
 * Hosts as a person says them (screens.md, rule 8): neighbours fold to `prod-1..3`, and at the most three names
 * are written: `prod-1, prod-3`, `db, prod-1..4, web-07 and 2 more`.
 * @param names in the order of hd.yml
 */
export function foldHosts(names: readonly string[]): string {
  const runs: Run[] = [];
  for (const name of names) {
    const { prefix, number } = split(name);
    const run = runs.at(-1);
    if (run !== undefined && number !== '' && run.prefix === prefix && follows(run.last, number)) {
      run.last = number;
    } else {
      runs.push({ prefix, first: number, last: number });
    }
  }
  const shown = runs
    .slice(0, 3)
    .map(({ prefix, first, last }) => prefix + (first === last ? first : `${first}..${last}`));
  const rest = runs.slice(3).reduce((sum, run) => sum + length(run), 0);
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function split(name: string): { prefix: string; number: string } {
  const number = /\d+$/.exec(name)?.[0] ?? '';
  return { prefix: name.slice(0, name.length - number.length), number };
}

function follows(last: string, next: string): boolean {
  return (
    last !== '' &&
    Number(next) === Number(last) + 1 &&
    (next.length === last.length || !/^0/.test(next + last))
  );
}

function length(run: Run): number {
  return run.first === '' ? 1 : Number(run.last) - Number(run.first) + 1;
}

/** `a`, `a or b`, `a, b or c`. */
export function list(names: readonly string[], word: 'and' | 'or'): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${word} ${last}`;
}

/** `1 host`, `3 hosts`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** `1st`, `2nd`, `11th`. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${(teen ? undefined : ['th', 'st', 'nd', 'rd'][n % 10]) ?? 'th'}`;
}

/** What is said of a host where its name stands already: `prod-2: no answer …`, `docker pull on prod-2: exit 1`. */
export function withoutHost(host: string, message: string): string {
  if (message.startsWith(`${host}: `)) return message.slice(host.length + 2);
  const [what = '', rest] = message.split(` on ${host}`, 2);
  return rest !== undefined && /^(: | ran out )/.test(rest)
    ? `${what}${message.slice(what.length + ` on ${host}`.length)}`
    : message;
}

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A command that can be pasted into a POSIX shell: an argument is quoted only when it must be. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map((arg) => (SAFE.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)).join(' ');
}
