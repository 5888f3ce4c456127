import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { REDACTED, redactAll, redaction } from '../../../src/lib/domain/redaction.ts';

/** What a program makes of a value: each must go. */
const WRITTEN: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  url: encodeURIComponent,
  'url, small letters': (value) => encodeURIComponent(value).replace(/%../g, (each) => each.toLowerCase()),
  'a whole url': encodeURI,
  form: (value) => new URLSearchParams({ value }).toString().slice('value='.length),
  'every byte': (value) => [...Buffer.from(value)].map((byte) => `%${byte.toString(16)}`).join(''),
  json: (value) => JSON.stringify(value).slice(1, -1),
  'json with slashes': (value) => JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
  'json in ascii': (value) =>
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[<>&\x7f-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`),
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 after a byte': (value) => Buffer.from(`:${value}`).toString('base64'),
  'base64 in the middle': (value) => Buffer.from(`u:${value}@host`).toString('base64'),
  base64url: (value) => Buffer.from(`user:${value}`).toString('base64url'),
  'base64 in a url': (value) => encodeURIComponent(Buffer.from(`${value}~`).toString('base64')),
  'base64 in json': (value) => Buffer.from(`~~${value}`).toString('base64').replaceAll('/', '\\/'),
};

/** Whether the value can be read out of the text, by whatever way: decoded here, not searched for. */
function readable(text: string, value: string): boolean {
  const wanted = Buffer.from(value);
  const percent = (written: string): Buffer => Buffer.from(written.replace(/%([0-9a-f]{2})/gi, '\x00$1'));
  const bytes = (written: string): Buffer => {
    const marked = percent(written);
    const out: number[] = [];
    for (let at = 0; at < marked.length; at += 1) {
      if (marked[at] === 0) {
        out.push(Number.parseInt(marked.toString('latin1', at + 1, at + 3), 16));
        at += 2;
      } else out.push(marked[at] ?? 0);
    }
    return Buffer.from(out);
  };
  const json = text.replace(/\\(u([0-9a-fA-F]{4})|.)/g, (_, what: string, code?: string) =>
    code === undefined
      ? ({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }[what] ?? what)
      : String.fromCharCode(Number.parseInt(code, 16)),
  );
  const plain = [text, json].some((each) => each.includes(value));
  if (plain || [text, text.replaceAll('+', ' ')].some((each) => bytes(each).includes(wanted))) return true;
  const runs = text
    .replace(/%2b/gi, '+')
    .replace(/%2f/gi, '/')
    .replaceAll('\\/', '/')
    .match(/[A-Za-z0-9+/_-]+/g);
  return (runs ?? []).some((run) =>
    [0, 1, 2, 3].some((from) => Buffer.from(run.slice(from), 'base64').includes(wanted)),
  );
}

/** `[redacted]` itself must not be a way to write it. */
const secret = fc
  .oneof(
    fc.string({ minLength: 4, maxLength: 40 }),
    fc.string({ minLength: 4, maxLength: 20, unit: 'grapheme' }),
    fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom(...Array.from('ab/+=%" \\&é')) }),
  )
  .filter((value) => !/[[\]]|red|act|ted/.test(value) && value.isWellFormed());

describe('redaction', () => {
  it('leaves no known value in a text, however it is written there', () => {
    const written = fc.constantFrom(...Object.keys(WRITTEN));
    fc.assert(
      fc.property(
        fc.uniqueArray(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ which: fc.nat(), written, before: fc.string(), after: fc.string() })),
        (values, parts) => {
          const redact = redaction(values);
          const text = parts
            .map(({ which, written: how, before, after }) => {
              const form = WRITTEN[how] ?? assert.fail(how);
              return `${before} ${form(values[which % values.length] ?? '')} ${after}`;
            })
            .join('\n');
          const clean = redact(text);
          for (const value of values) assert.ok(!readable(clean, value), `${inspect(value)} in ${clean}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('changes nothing in a text that does not have one', () => {
    const close = 'abAB+/=_-01 :YWJi';
    const unit = fc.constantFrom(...Array.from(close));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab ')), minLength: 4, maxLength: 6 }),
        fc.oneof(fc.string({ unit, maxLength: 60 }), fc.string({ unit: 'grapheme' })),
        (value, text) => {
          if (!readable(text, value)) assert.equal(redaction([value])(text), text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('puts one word in the place of a value, longest first, and of all that overlap', () => {
    const redact = redaction(['hunter2', 'hunter2 of old', 'old story', 'aaaa']);
    assert.equal(redact('near hunter2, hunter2 of old story.'), `near ${REDACTED}, ${REDACTED}.`);
    assert.equal(redact('aaaaaa b'), `${REDACTED} b`);
    assert.equal(redaction(['p4ss'])(`Basic ${btoa('user:p4ss')}`), `Basic dXNlcj${REDACTED}`);
    assert.equal(redaction(['p4ss'])(`Basic ${btoa('use:p4ss')}`), `Basic dXNlO${REDACTED}`);
  });

  it('does not take what is too short to be a secret', () => {
    const text = '1 of 3 checks, exit 200, 443';
    assert.equal(redaction(['1', '200', '443', ''])(text), text);
  });

  it('takes each line of a value of several lines, but for those that say nothing', () => {
    const key = '-----BEGIN KEY-----\nMIIBVwIBADANBgkq\n}\n-----END KEY-----\n';
    assert.equal(redaction([key])('{ | MIIBVwIBADANBgkq | }'), `{ | ${REDACTED} | }`);
    assert.equal(redaction(['abcd\n'])('abcd.'), `${REDACTED}.`);
  });

  it('goes through lists and objects, and leaves what is no text', () => {
    const date = new Date(0);
    const value = { a: ['tell-nobody', 1, null], b: { c: true, d: date }, e: undefined };
    assert.deepEqual(redactAll(redaction(['tell-nobody']), value), {
      ...value,
      a: [REDACTED, 1, null],
    });
  });
});
