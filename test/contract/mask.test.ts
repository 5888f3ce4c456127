import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CLEAR } from '../../src/lib/adapters/host/programs.ts';

/** Those that this machine has: the default, BusyBox's, GNU's. */
const awks = ['awk', 'busybox awk', 'gawk'].filter((awk) => {
  const [program = '', ...args] = awk.split(' ');
  return spawnSync(program, [...args, 'BEGIN { exit 7 }']).status === 7;
});

/** How programs write a value: each must go. */
const written = (value: string): string[] => [
  value,
  encodeURIComponent(value),
  encodeURIComponent(value).replace(/%../g, (each) => each.toLowerCase()),
  encodeURI(value),
  new URLSearchParams({ value }).toString().slice(6),
  JSON.stringify(value).slice(1, -1),
  JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
  ...['', 'u:', 'a:b'].flatMap((before) => [
    base64(before, value),
    encodeURIComponent(base64(before, value)),
    base64(before, value).replaceAll('+', '-').replaceAll('/', '_'),
  ]),
];

/** What is the value's own in the base64 of text before it, it, and text behind it. */
function base64(before: string, value: string): string {
  const whole = Buffer.from(`${before}${value}@@@`).toString('base64');
  const end = Math.floor((Buffer.byteLength(before + value) * 8) / 6);
  return whole.slice(Math.ceil((before.length * 8) / 6), end);
}

for (const awk of awks) {
  describe(`what leaves a host, cleared by ${awk}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'hd-mask-'));
    const directory = join(root, 'the app');
    const program = join(root, 'bin', 'awk');
    after(() => rmSync(root, { recursive: true }));
    before(() => {
      mkdirSync(dirname(program));
      writeFileSync(
        program,
        `#!/bin/sh\nexec ${execFileSync('sh', ['-c', `command -v ${awk.split(' ')[0] ?? ''}`], { encoding: 'utf8' }).trim()} ${awk.split(' ')[1] ?? ''} "$@"\n`,
      );
      chmodSync(program, 0o755);
    });
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    };
    const clear = (text: string, env: Record<string, string> = {}): string =>
      execFileSync(
        'sh',
        [
          '-c',
          CLEAR,
          'hd',
          [directory, `${directory}/.env`, '--', `${directory}/releases/*/compose.yaml`].join('\n'),
        ],
        {
          input: text,
          encoding: 'utf8',
          env: { PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}`, ...env },
        },
      );
    const gone = (value: string, env: Record<string, string> = {}): void => {
      const forms = written(value);
      const left = clear(forms.map((form) => `<${form}>\n`).join(''), env);
      for (const form of forms) assert.ok(!left.includes(form), `${value} as ${form} in ${left}`);
    };

    it('has no value of an environment file, however it is written', () => {
      write(
        '.env',
        [
          '# a remark with="ordinary words"',
          'PLAIN=abc/d&e+f? ',
          '  export QUOTED = "hunter2 \\"of\\" old" # the first',
          "SINGLE='it is $HOME'",
          'REMARK=before-it # after it',
          'YAML: written-so',
          'UTF=pässwörd<x>~',
          'URL=postgres://app:s3cr3t-part@db/app',
          'DB-PASS%x broken',
          'SHORT=abc',
          'TRUE=true',
          'FROM_SHELL',
          'SEVERAL="-----BEGIN KEY-----',
          'MIIBVwIBADANBgkq==',
          '-----END KEY-----"',
          "LAST='no newline'",
        ].join('\n'),
      );
      const values = [
        'abc/d&e+f?',
        'hunter2 "of" old',
        'it is $HOME',
        'before-it',
        'written-so',
        'pässwörd<x>~',
      ];
      const more = ['s3cr3t-part', 'postgres://app:s3cr3t-part@db/app', 'DB-PASS%x broken', 'no newline'];
      const key = '-----BEGIN KEY-----\nMIIBVwIBADANBgkq==\n-----END KEY-----';
      for (const value of [...values, ...more, key]) gone(value);
      gone('of the shell', { FROM_SHELL: 'of the shell' });
      const ordinary = 'ordinary words, abc, true, /home/deploy, it is\n';
      assert.equal(clear(ordinary, { HOME: '/home/deploy' }), ordinary);
      assert.equal(clear('| MIIBVwIBADANBgkq== |'), '| [redacted] |\n');
      assert.equal(
        clear('password hunter2 "of" old.\nabc/d&e+f?abc/d&e+f?'),
        'password [redacted].\n[redacted][redacted]\n',
      );
    });

    it('and none of the files that compose files name and only the host has, nor what they interpolate', () => {
      write(
        'releases/d1/compose.yaml',
        [
          'services:',
          '  backend:',
          '    image: ${REGISTRY_HOST:-ghcr.io}/acme/backend',
          '    entrypoint: [perl, -e, "$$ORDINARY"]',
          '    env_file:',
          '      - ./one.env',
          '      - path: conf/two.env',
          '        required: false',
          '    environment:',
          '      - PASSED_ON',
          '      EMPTY_KEY:',
          '      URL: "http://u:${INTERPOLATED}@h"',
          '  worker:',
          '    env_file: [three.env, "four.env"]',
          'secrets:',
          '  key: {file: ./inline.pem}',
          '  cert:',
          '    file: secret/key.pem',
          '  token: {environment: OF_ENVIRONMENT}',
        ].join('\n'),
      );
      const files = {
        'one.env': 'in-one',
        'conf/two.env': 'in-two',
        'three.env': 'in-three',
        'four.env': 'in-four',
      };
      for (const [path, value] of Object.entries(files)) write(path, `KEY=${value}\n`);
      write('secret/key.pem', 'first-line-of-it\nsecond-line-of-it\n');
      write('inline.pem', 'the-inline-key\n');
      for (const value of Object.values(files)) gone(value);
      for (const value of ['first-line-of-it\nsecond-line-of-it', 'the-inline-key']) gone(value);
      assert.equal(clear('second-line-of-it'), '[redacted]\n');
      const names = ['PASSED_ON', 'EMPTY_KEY', 'INTERPOLATED', 'REGISTRY_HOST', 'OF_ENVIRONMENT'];
      for (const name of names) gone(`value of ${name}`, { [name]: `value of ${name}` });
      const ordinary = 'ordinary words\n';
      assert.equal(clear(ordinary, { ORDINARY: 'ordinary words' }), ordinary);
    });

    it('is the same text without secrets, in time though it is long', () => {
      const text = Array.from({ length: 2000 }, (_, n) => `${n} ${'a line of a log '.repeat(8)}`).join('\n');
      assert.equal(clear(`${text}\n`), `${text}\n`);
      assert.equal(clear(''), '');
    });
  });
}
