import assert from 'node:assert/strict';
import { createPaint } from '../../../src/lib/ui/colour.ts';
import {
  asciiOf,
  colourOf,
  modeOf,
  styleOf,
  type Env,
  type OutputFlags,
} from '../../../src/lib/ui/terminal.ts';

const tty = (columns = 80) => ({ isTTY: true, columns, rows: 24, write: () => true });
const pipe = { write: () => true };
const flags = (given: Partial<OutputFlags> = {}): OutputFlags => ({
  json: false,
  plain: false,
  color: true,
  ...given,
});

describe('where progress is told (screens.md, rule 20)', () => {
  const cases: readonly [string, ReturnType<typeof modeOf>, Parameters<typeof modeOf>][] = [
    ['a terminal', 'live', [tty(), {}, flags()]],
    ['a pipe', 'plain', [pipe, {}, flags()]],
    ['CI, also with a terminal', 'plain', [tty(), { CI: 'true' }, flags()]],
    ['CI=false is no CI', 'live', [tty(), { CI: 'false' }, flags()]],
    ['a dumb terminal', 'plain', [tty(), { TERM: 'dumb' }, flags()]],
    ['--plain', 'plain', [tty(), {}, flags({ plain: true })]],
    ['fewer than 40 columns', 'plain', [tty(39), {}, flags()]],
    ['40 columns', 'live', [tty(40), {}, flags()]],
    ['--json', 'silent', [tty(), {}, flags({ json: true })]],
    ['--json --plain', 'plain', [pipe, {}, flags({ json: true, plain: true })]],
    ['GitHub Actions', 'actions', [pipe, { GITHUB_ACTIONS: 'true', CI: 'true' }, flags()]],
    ['GitHub Actions with --json', 'silent', [pipe, { GITHUB_ACTIONS: 'true' }, flags({ json: true })]],
  ];
  for (const [name, mode, input] of cases) it(`${name}: ${mode}`, () => assert.equal(modeOf(...input), mode));
});

describe('colour, by each stream for itself', () => {
  const cases: readonly [
    string,
    boolean,
    { isTTY?: boolean; write: () => boolean },
    Env,
    Partial<OutputFlags>?,
  ][] = [
    ['a terminal', true, tty(), {}],
    ['a pipe', false, pipe, {}],
    ['NO_COLOR', false, tty(), { NO_COLOR: '1' }],
    ['NO_COLOR empty counts as absent', true, tty(), { NO_COLOR: '' }],
    ['NO_COLOR wins over FORCE_COLOR', false, tty(), { NO_COLOR: '1', FORCE_COLOR: '1' }],
    ['FORCE_COLOR in a pipe', true, pipe, { FORCE_COLOR: '1' }],
    ['FORCE_COLOR=0', false, tty(), { FORCE_COLOR: '0' }],
    ['CLICOLOR_FORCE in a pipe', true, pipe, { CLICOLOR_FORCE: '1' }],
    ['CLICOLOR=0', false, tty(), { CLICOLOR: '0' }],
    ['TERM=dumb', false, tty(), { TERM: 'dumb' }],
    ['--no-color wins over FORCE_COLOR', false, tty(), { FORCE_COLOR: '1' }, { color: false }],
    ['--json', false, tty(), { FORCE_COLOR: '1' }, { json: true }],
  ];
  for (const [name, colour, stream, env, given] of cases) {
    it(`${name}: ${colour ? 'yes' : 'no'}`, () => assert.equal(colourOf(stream, env, flags(given)), colour));
  }

  it('is the sixteen colours that every terminal has', () => {
    const line = [
      { text: '✓', tone: 'ok' as const },
      { text: ' ' },
      { text: 'x', tone: 'fail' as const, bold: true },
    ];
    assert.equal(createPaint(true)(line), '\x1b[32m✓\x1b[39m \x1b[1m\x1b[31mx\x1b[39m\x1b[22m');
    assert.equal(createPaint(false)(line), '✓ x');
  });
});

describe('the alphabet', () => {
  const utf8 = { LANG: 'en_US.UTF-8' };
  const cases: readonly [string, boolean, Env, Parameters<typeof asciiOf>[1]][] = [
    ['a UTF-8 locale', false, utf8, 'live'],
    ['LC_ALL wins over LANG', true, { LC_ALL: 'C', ...utf8 }, 'live'],
    ['an empty LC_ALL counts as absent', false, { LC_ALL: '', ...utf8 }, 'live'],
    ['no locale', true, {}, 'live'],
    ['TERM=linux', true, { ...utf8, TERM: 'linux' }, 'live'],
    ['HD_ASCII=1', true, { ...utf8, HD_ASCII: '1' }, 'live'],
    ['plain lines', true, utf8, 'plain'],
  ];
  for (const [name, ascii, env, mode] of cases) {
    it(`${name}: ${ascii ? 'ASCII' : 'UTF-8'}`, () => assert.equal(asciiOf(env, mode), ascii));
  }

  it('is as wide as the terminal, between 40 and 100; 80 in a pipe', () => {
    assert.equal(styleOf(tty(200), utf8, 'live').width, 100);
    assert.equal(styleOf(tty(64), utf8, 'live').width, 64);
    assert.equal(styleOf(tty(20), utf8, 'plain').width, 40);
    assert.equal(styleOf(pipe, utf8, 'plain').width, 80);
    assert.equal(styleOf(pipe, utf8, 'plain').zone, 'UTC');
  });
});
