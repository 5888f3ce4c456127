/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Shorter values would take ordinary words, ports and numbers out of every text. */
const SHORTEST = 4;
/** A line of a value of several lines: one that says little is not the secret. */
const SHORTEST_LINE = 8;

export type Redact = (text: string) => string;

/**
 * Takes these values out of a text, and nothing else: as they are, and as they are written in a URL (percent-encoded,
 * `+` for a blank), in JSON and in base64, where they may stand in the middle (`user:VALUE` of a Basic header).
 * Values of fewer than 4 characters stay; of a value of several lines each line counts as well. Pure.
 */
export function redaction(values: Iterable<string>): Redact {
  const taken = [...new Set([...values].flatMap(withLines))];
  const sources = [...new Set(taken.flatMap(formsOf))];
  if (sources.length === 0) return (text) => text;
  const any = new RegExp(sources.join('|'));
  const forms = sources.map((source) => new RegExp(source, 'g'));
  return (text) =>
    any.test(text) ? without(text, merged(forms.flatMap((form) => spans(form, text)))) : text;
}

/** The same for every text in a value of JSON's kinds; keys are ours and stay. */
export function redactAll<T>(redact: Redact, value: T): T {
  return deep(redact, value) as T;
}

function deep(redact: Redact, value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((each) => deep(redact, each));
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, deep(redact, each)]));
}

function withLines(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const parts = lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE);
  return [value, value.trim(), ...parts].filter((each) => each.length >= SHORTEST);
}

type Span = readonly [start: number, end: number];

/** Occurrences that overlap as well: of `aaaaaa` none may be left. */
function spans(form: RegExp, text: string): Span[] {
  const found: Span[] = [];
  form.lastIndex = 0;
  for (let match = form.exec(text); match !== null; match = form.exec(text)) {
    found.push([match.index, match.index + match[0].length]);
    form.lastIndex = match.index + 1;
  }
  return found;
}

function merged(found: readonly Span[]): Span[] {
  const whole: [number, number][] = [];
  for (const [start, end] of [...found].sort((a, b) => a[0] - b[0])) {
    const last = whole.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else whole.push([start, end]);
  }
  return whole;
}

function without(text: string, found: readonly Span[]): string {
  let at = 0;
  let kept = '';
  for (const [start, end] of found) {
    kept += text.slice(at, start) + REDACTED;
    at = end;
  }
  return kept + text.slice(at);
}

/** Sources of regular expressions, one a way of writing. */
function formsOf(value: string): string[] {
  const characters = Array.from(value);
  return [characters.map(inUrl).join(''), characters.map(inJson).join(''), ...inBase64(value)];
}

/** Plain, or percent-encoded: which characters a library encodes differs from one to the next. */
function inUrl(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%${hex(byte, 2)}`).join('');
  return oneOf([escaped(character), percent, ...(character === ' ' ? ['\\+'] : [])]);
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
  '"': '"',
  '\\': '\\',
};

/** RFC 8259, section 7; and an apostrophe as JavaScript writes it. */
function inJson(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const unicode = units.map((unit) => `\\\\u${hex(unit, 4)}`).join('');
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return oneOf([`\\\\${escaped(short)}`, unicode]);
  const optional = character === '/' || character === "'" ? [`\\\\${escaped(character)}`] : [];
  return oneOf([escaped(character), ...optional, unicode]);
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * RFC 4648, both alphabets. Three bytes make four characters, so a value looks different at each of three places; of
 * a character that it shares with its neighbours only some bits are known.
 */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const own = Array.from(text.slice(start, end), (character) => base64Of([character])).join('');
    const lowBits = start * 6 - before * 8;
    const highBits = (before + bytes.length) * 8 - end * 6;
    return (
      shared(text[start - 1], (bits) => bits % 2 ** lowBits, lowBits) +
      own +
      shared(text[end], (bits) => bits >> (6 - highBits), highBits) +
      '(?:=|%3[dD]){0,2}'
    );
  });
}

/** A character of which `known` bits are the value's. */
function shared(character: string | undefined, part: (bits: number) => number, known: number): string {
  if (character === undefined || known === 0) return '';
  const wanted = part(BASE64.indexOf(character));
  return base64Of(Array.from(BASE64).filter((_, bits) => part(bits) === wanted));
}

/** `+` and `/` have another form in URLs, and are percent-encoded there or escaped in JSON. */
function base64Of(characters: readonly string[]): string {
  return oneOf(
    characters.flatMap((each) => {
      if (each === '+') return ['[+-]', '%2[bB]'];
      return each === '/' ? ['[/_]', '%2[fF]', '\\\\/'] : [each];
    }),
  );
}

/** In digits of either case. */
function hex(value: number, digits: number): string {
  return value
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function oneOf(sources: readonly string[]): string {
  return sources.length === 1 ? (sources[0] ?? '') : `(?:${sources.join('|')})`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
