import assert from 'node:assert/strict';
import { TEST_CLI } from '../support/run.ts';
import { Terminal, type TerminalOptions } from '../support/terminal.ts';

const hd = (argv: readonly string[], options?: TerminalOptions) =>
  new Terminal([process.execPath, TEST_CLI, ...argv], options);

const CTRL_C = '\x03';

afterEach(() => Terminal.stopAll());

describe('a command on a terminal', function () {
  this.timeout(60_000);

  it('draws rows that move, and leaves the final ones above the verdict', async () => {
    const terminal = hd(['work']);
    await terminal.until(/prod serves v1\.4\.0 on prod-1/);
    // Two redraws at least: the symbol has turned.
    await terminal.until(/⠙ switch/);
    await terminal.until(/⠹ switch/);
    assert.match(
      terminal.text,
      /^ {2}✓ ship {5}2 of 2 hosts {51}1\.1s\n {2}⠹ switch .*s\n {6}✓ prod-1 {2}v1\.4\.0 {3}ready {45}24\.1s\n {6}⠹ prod-2/m,
    );
    terminal.type(CTRL_C);
    assert.equal(await terminal.end(), 130);
    const [, rows = ''] = /UTC\n\n([^]*)$/.exec(terminal.text) ?? [];
    assert.equal(
      rows.replace(/\^C/, ''),
      `  ✓ ship     2 of 2 hosts                                                   1.1s
  ! switch   stopped after 1 of 2 hosts                                    51.2s
      ✓ prod-1  v1.4.0   ready                                             24.1s
      ! prod-2  v1.3.2   /ready 503

! interrupted  prod serves v1.4.0 on prod-1, v1.3.2 on prod-2  (exit 130)
  next       hd resume prod`,
    );
  });

  it('never clears the screen, and shows the cursor again', async () => {
    const terminal = hd(['work']);
    await terminal.until(/prod serves v1\.4\.0 on prod-1/);
    terminal.type(CTRL_C);
    await terminal.end();
    assert.doesNotMatch(terminal.raw, /\u001b\[[23]J/);
    assert.ok(terminal.raw.lastIndexOf('\x1b[?25h') > terminal.raw.lastIndexOf('\x1b[?25l'));
  });

  it('says at once that it stops, and at a second Ctrl-C leaves, cursor and all', async () => {
    const terminal = hd(['work', '--deaf']);
    await terminal.until(/prod serves v1\.4\.0 on prod-1/);
    terminal.type(CTRL_C);
    await terminal.until(/stopping at the next safe point\n {2}Ctrl-C again leaves now/);
    terminal.type(CTRL_C);
    assert.equal(await terminal.end(), 130);
    assert.match(
      terminal.text,
      /! interrupted {2}prod-2 is not known {2}\(exit 130\)\n {2}next {7}hd resume prod$/,
    );
    assert.ok(terminal.raw.lastIndexOf('\x1b[?25h') > terminal.raw.lastIndexOf('\x1b[?25l'));
  });

  it('folds the region to a low terminal, and wraps it on a narrow one', async () => {
    const terminal = hd(['work'], { columns: 60, rows: 8 });
    await terminal.until(/prod serves v1\.4\.0 on prod-1/);
    const redraws = [...terminal.raw.matchAll(/\u001b\[(\d+)A/g)].map(([, lines]) => Number(lines));
    assert.ok(Math.max(0, ...redraws) <= 6, `the region had ${Math.max(...redraws)} lines`);
    terminal.type(CTRL_C);
    await terminal.end();
    for (const line of terminal.text.split('\n')) assert.ok(line.length <= 60, line);
  });

  it('writes plain lines when it is too narrow, or dumb', async () => {
    for (const options of [{ columns: 39 }, { env: { TERM: 'dumb' } }]) {
      const terminal = hd(['work'], options);
      await terminal.until(/ok {4}switch {2}prod-1/);
      terminal.type(CTRL_C);
      assert.equal(await terminal.end(), 130);
      // Nothing moves the cursor; stdout's colour is another matter.
      assert.doesNotMatch(terminal.raw, /\u001b\[[0-9?]*[A-Zhl]/);
    }
  });

  it('has colour, and none with NO_COLOR', async () => {
    for (const [env, colour] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const terminal = hd(['look'], { env });
      assert.equal(await terminal.end(), 0);
      assert.equal(terminal.raw.includes('\x1b[32m✓'), colour);
    }
  });

  it('spells in ASCII with HD_ASCII', async () => {
    const terminal = hd(['look'], { env: { HD_ASCII: '1' } });
    await terminal.end();
    assert.match(terminal.text, /\+ env-0/);
  });
});

describe('the confirmation', function () {
  this.timeout(60_000);

  it('of production is its name (story 3)', async () => {
    const terminal = hd(['change', 'prod']);
    await terminal.until(/^This changes prod\. Type its name to go on:$/m);
    terminal.type('prod\r');
    assert.equal(await terminal.end(), 0);
    assert.equal(
      terminal.text,
      `This changes prod. Type its name to go on: prod

  changed    v1.3.2 → v1.4.0

✓ confirmed  prod serves v1.4.0 on 1 of 1 hosts`,
    );
  });

  it('is not passed with another name, nor with an empty line', async () => {
    for (const typed of ['pord\r', 'PROD\r', '\r', 'y\r']) {
      const terminal = hd(['change', 'prod']);
      await terminal.until(/go on:/);
      terminal.type(typed);
      assert.equal(await terminal.end(), 130);
      assert.match(terminal.text, /\n\n! stopped {2}Not "prod": nothing was changed\. {2}\(exit 130\)$/);
    }
  });

  it('of any other is y, and N is the default', async () => {
    for (const [typed, code] of [
      ['y\r', 0],
      ['yes\r', 0],
      ['\r', 130],
      ['n\r', 130],
      ['x\r', 130],
    ] as const) {
      const terminal = hd(['change', 'staging']);
      await terminal.until(/^This changes staging\. Go on\? \[y\/N\]:$/m);
      terminal.type(typed);
      assert.equal(await terminal.end(), code, JSON.stringify(typed));
    }
  });

  it('is left with Ctrl-C: nothing was changed', async () => {
    const terminal = hd(['change', 'prod']);
    await terminal.until(/go on:/);
    terminal.type(CTRL_C);
    assert.equal(await terminal.end(), 130);
    assert.match(terminal.text, /\n\n! interrupted {2}nothing was changed {2}\(exit 130\)$/);
  });

  it('is never asked with --no-input or --json, although there is a terminal', async () => {
    for (const flag of ['--no-input', '--json']) {
      const terminal = hd(['change', 'prod', flag]);
      assert.equal(await terminal.end(), 2);
      assert.match(terminal.text, /--confirm prod/);
    }
  });
});

describe('a choice', function () {
  this.timeout(60_000);

  it('has its first possible row under the cursor, and never an impossible one (story 12)', async () => {
    const terminal = hd(['ask']);
    await terminal.until(/v1\.3\.3/);
    assert.equal(
      terminal.text,
      `  BACK TO    CONFIRMED
  › v1.3.2   2026-11-12 10:04
    v1.3.1   2026-11-05 09:48
  ✗ v1.3.3   never`,
    );
    // Down past the end stays on the last possible row.
    terminal.type('\x1b[B\x1b[B\x1b[B');
    await terminal.until(/› v1\.3\.1/);
    terminal.type('\r');
    await terminal.until(/Passphrase of id_ed25519:/);
    terminal.type('secret\r');
    assert.equal(await terminal.end(), 0);
    assert.match(terminal.text, /chosen 1, 6 characters typed/);
    assert.doesNotMatch(terminal.raw, /secret/);
  });
});
