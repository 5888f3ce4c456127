import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * `node scripts/picture.ts`: makes docs/images/demo.svg, the picture in the README, from a real run. It brings up a lab
 * of its own, releases two versions of which the second never becomes ready, deploys both, and draws what the second
 * `hd deploy` wrote to a terminal. Needs what the lab needs (docs/lab.md), and tmux for the terminal.
 */

const root = join(import.meta.dirname, '..');
const picture = join(root, 'docs', 'images', 'demo.svg');

const COMMAND = 'hd deploy orin --tag v1.5.0 --yes';
const COLUMNS = 84;
const ROWS = 60;

const PREPARE = `set -eu
hd release 1.4.0 --yes
hd deploy orin --tag v1.4.0 --yes
echo ready=never >> behaviour
git commit --quiet --all --message 'Break the service: it never becomes ready'
git push --quiet origin main
hd release 1.5.0 --yes`;

/** The pane's program: tmux is told when the command has ended, and the pane stays until the server is ended. */
const SHOW = `printf '\\033[1m$ %s\\033[0m\\n' '${COMMAND}'
${COMMAND}
tmux wait-for -S done
sleep 600`;

/** For each command; the deployment in the picture takes about 15 s. */
const LIMIT_MS = 120_000;

const execute = promisify(execFile);

/** The lines of a terminal after the command, with its colours as escape sequences. */
async function record(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'hd-picture-'));
  const env = { ...process.env, HD_LAB_HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'xterm-256color' };
  const run = (file: string, args: readonly string[], cwd = root) =>
    execute(file, args, { env, cwd, timeout: LIMIT_MS });
  const lab = (...words: string[]) => run(process.execPath, ['bin/dev.js', 'lab', ...words]);
  const tmux = (...args: string[]) =>
    run('tmux', ['-L', `hd-picture-${process.pid}`, '-f', '/dev/null', ...args], join(home, 'healthdelta'));
  const inLab = (script: string): string => `. "$HD_LAB_HOME/env"\n${script}`;
  try {
    await lab('up', 'orin');
    const shim = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'dev.js')}' "$@"\n`;
    await writeFile(join(home, 'bin', 'hd'), shim);
    await run('sh', ['-c', inLab(PREPARE)], join(home, 'healthdelta'));
    await tmux('new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), inLab(SHOW));
    await tmux('wait-for', 'done');
    return (await tmux('capture-pane', '-e', '-p')).stdout;
  } finally {
    await tmux('kill-server').catch(() => undefined);
    await lab('down');
    await rm(home, { recursive: true, force: true });
  }
}

interface Span {
  text: string;
  /** From 0. */
  column: number;
  colour: string;
  bold: boolean;
}

const BACKGROUND = '#161b22';
const FOREGROUND = '#e6edf3';
/** Parameters of SGR (ECMA-48, 8.3.117), in the colours of a dark terminal. */
const COLOURS: Readonly<Record<number, string>> = {
  2: '#8b949e',
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  36: '#56d4dd',
  39: FOREGROUND,
};

/** A line's parts: a new one where the look changes, and after a gap, so that columns stand in any font. */
function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  const plain = { colour: FOREGROUND, bold: false };
  let look = plain;
  let column = 0;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith('\u001b')) {
      for (const code of part.slice(2, -1).split(';').map(Number)) {
        if (code === 0) look = plain;
        else if (code === 1 || code === 22) look = { ...look, bold: code === 1 };
        else look = { ...look, colour: COLOURS[code] ?? look.colour };
      }
      continue;
    }
    for (const text of part.split(/( {2,})/)) {
      if (text.trim() !== '') spans.push({ text, column, ...look });
      column += Array.from(text).length;
    }
  }
  return spans;
}

const SIZE = 14;
/** What a monospaced font takes for a character, at most. */
const WIDTH = 8.45;
const HEIGHT = 19;
const MARGIN = 18;

function svgOf(text: string): string {
  const lines = text.trimEnd().split('\n');
  const width = Math.ceil(COLUMNS * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const rows = lines.flatMap((line, index) => {
    const y = MARGIN + index * HEIGHT + SIZE;
    const parts = spansOf(line).map(({ text: part, column, colour, bold }) => {
      const x = (MARGIN + column * WIDTH).toFixed(1);
      const look = `${colour === FOREGROUND ? '' : ` fill="${colour}"`}${bold ? ' font-weight="bold"' : ''}`;
      return `<tspan x="${x}"${look}>${escape(part)}</tspan>`;
    });
    return parts.length === 0 ? [] : [`<text y="${y}" xml:space="preserve">${parts.join('')}</text>`];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(COMMAND)}: it fails, and v1.4.0 serves as before">
<!-- Made by scripts/picture.ts from a real run. -->
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${SIZE}" fill="${FOREGROUND}">
${rows.join('\n')}
</g>
</svg>
`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

await writeFile(picture, svgOf(await record()));
