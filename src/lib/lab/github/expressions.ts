/** What an expression may see: `github`, `env`, `needs`, … */
export type Context = Readonly<Record<string, unknown>>;

/** Functions that depend on how the job goes. */
export interface Progress {
  success: boolean;
  failure: boolean;
  cancelled: boolean;
}

const STATUS_CALL = /\b(success|failure|always|cancelled)\s*\(/;

/**
 * Replaces every `${{ … }}` of a text.
 * @throws Error that quotes what can't be evaluated
 */
export function interpolate(text: string, context: Context, progress: Progress): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, source: string) => show(evaluate(source, context, progress)));
}

/** An `if:`, with or without `${{ }}`; without a status function, success() is meant as well. */
export function condition(text: string | undefined, context: Context, progress: Progress): boolean {
  const source = (text ?? '').trim().replace(/^\$\{\{(.*)\}\}$/s, '$1');
  if (source.trim() === '') return progress.success;
  const wanted = truthy(evaluate(source, context, progress));
  return STATUS_CALL.test(source) ? wanted : progress.success && wanted;
}

/** @throws Error that quotes what can't be evaluated */
export function evaluate(source: string, context: Context, progress: Progress): unknown {
  const parser = new Parser(source, context, progress);
  return parser.whole();
}

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(==|!=|<=|>=|&&|\|\||[!<>().,[\]]))/y;

interface Token {
  kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  text: string;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = source.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (match === null)
      throw new Error(`can't read ${JSON.stringify(trimmed.slice(at).trim())} in an expression`);
    const [, text, number, name, sign] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.slice(1, -1).replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Recursive descent; evaluates while it reads, since expressions have no effects. */
class Parser {
  private readonly tokens: Token[];
  private readonly source: string;
  private readonly context: Context;
  private readonly progress: Progress;
  private at = 0;

  constructor(source: string, context: Context, progress: Progress) {
    this.source = source.trim();
    this.tokens = tokenize(source);
    this.context = context;
    this.progress = progress;
  }

  whole(): unknown {
    const value = this.or();
    if (this.peek().kind !== 'end') this.fail(this.peek().text);
    return value;
  }

  private peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '' };
  }

  private take(...signs: string[]): string | undefined {
    const { kind, text } = this.peek();
    if (kind !== 'sign' || !signs.includes(text)) return undefined;
    this.at += 1;
    return text;
  }

  private expect(sign: string): void {
    if (this.take(sign) === undefined) this.fail(this.peek().text || 'the end');
  }

  private fail(what: string): never {
    throw new Error(
      `can't evaluate ${JSON.stringify(this.source)}: ${JSON.stringify(what)} is not supported here`,
    );
  }

  private or(): unknown {
    let left = this.and();
    while (this.take('||')) {
      const right = this.and();
      left = truthy(left) ? left : right;
    }
    return left;
  }

  private and(): unknown {
    let left = this.comparison();
    while (this.take('&&')) {
      const right = this.comparison();
      left = truthy(left) ? right : left;
    }
    return left;
  }

  private comparison(): unknown {
    const left = this.unary();
    const sign = this.take('==', '!=', '<=', '>=', '<', '>');
    if (sign === undefined) return left;
    const right = this.unary();
    if (sign === '==') return equal(left, right);
    if (sign === '!=') return !equal(left, right);
    const [a, b] = [number(left), number(right)];
    if (sign === '<') return a < b;
    if (sign === '<=') return a <= b;
    return sign === '>' ? a > b : a >= b;
  }

  private unary(): unknown {
    return this.take('!') ? !truthy(this.unary()) : this.primary();
  }

  private primary(): unknown {
    let value = this.operand();
    for (;;) {
      if (this.take('.')) {
        const { kind, text } = this.peek();
        if (kind !== 'name') this.fail(text || 'the end');
        this.at += 1;
        value = member(value, text);
      } else if (this.take('[')) {
        value = member(value, show(this.or()));
        this.expect(']');
      } else return value;
    }
  }

  private operand(): unknown {
    if (this.take('(')) {
      const value = this.or();
      this.expect(')');
      return value;
    }
    const { kind, text } = this.peek();
    this.at += 1;
    if (kind === 'text') return text;
    if (kind === 'number') return Number(text);
    if (kind !== 'name') this.fail(text || 'the end');
    if (this.take('(')) return this.call(text);
    if (text === 'true') return true;
    if (text === 'false') return false;
    if (text === 'null') return null;
    if (!Object.hasOwn(this.context, text)) this.fail(text);
    return this.context[text];
  }

  private call(name: string): unknown {
    const values: unknown[] = [];
    if (!this.take(')')) {
      do values.push(this.or());
      while (this.take(','));
      this.expect(')');
    }
    const [first, second] = values;
    switch (name.toLowerCase()) {
      case 'success':
        return this.progress.success;
      case 'failure':
        return this.progress.failure;
      case 'cancelled':
        return this.progress.cancelled;
      case 'always':
        return true;
      case 'contains':
        return Array.isArray(first)
          ? first.some((item) => equal(item, second))
          : fold(first).includes(fold(second));
      case 'startswith':
        return fold(first).startsWith(fold(second));
      case 'endswith':
        return fold(first).endsWith(fold(second));
      case 'format':
        return show(first).replace(/\{(\d+)\}/g, (_, index: string) => show(values[Number(index) + 1]));
      case 'tojson':
        return JSON.stringify(first ?? null, null, 2);
      case 'fromjson':
        return JSON.parse(show(first)) as unknown;
      default:
        return this.fail(`${name}()`);
    }
  }
}

/** A property that is not there is empty, as on GitHub. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  const key = Object.keys(value).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? null : (value as Record<string, unknown>)[key];
}

function truthy(value: unknown): boolean {
  return (
    value !== false &&
    value !== null &&
    value !== undefined &&
    value !== 0 &&
    value !== '' &&
    !Number.isNaN(value)
  );
}

/** A value as text: nothing is empty, objects are JSON. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fold(value: unknown): string {
  return show(value).toLowerCase();
}

function number(value: unknown): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'string' && value.trim() === '' ? 0 : Number(value);
}

/** Texts compare without regard to case; different types as numbers. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return fold(a) === fold(b);
  if (typeof a === 'object' && a !== null) return a === b;
  return number(a) === number(b);
}
