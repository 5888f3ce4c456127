import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Range } from 'yaml';

/** Offsets into the text, end exclusive. */
export interface Span {
  start: number;
  end: number;
}

export type Path = readonly (string | number)[];

/** A value of hd.yml that remembers where it stands, so that a problem in an inherited value points there. */
export type Located = { span: Span; path: Path } & (
  | { kind: 'scalar'; value: unknown }
  | { kind: 'list'; items: readonly Located[] }
  | { kind: 'map'; entries: ReadonlyMap<string, Entry> }
);

export interface Entry {
  key: Span;
  value: Located;
}

/** Something that is wrong with the text, not yet drawn. */
export interface Flaw {
  span: Span;
  path: Path;
  message: string;
  /** What to write instead. */
  write?: string;
  /** The value that it does not go with. */
  beside?: Located;
}

export interface Parsed {
  /** Absent if the text is not YAML: then nothing more can be said of it. */
  tree?: Located;
  flaws: readonly Flaw[];
  lines: LineCounter;
}

/** A configuration is small; what goes beyond this is a bomb or an accident. Most errors of syntax follow from the first. */
const LIMITS = { syntax: 5, aliases: 100, depth: 32, values: 5000 };

class Bomb extends Error {
  readonly span: Span;
  constructor(message: string, span: Span) {
    super(message);
    this.span = span;
  }
}

/**
 * Reads YAML 1.2 (core schema, one document, string keys). Never throws.
 * Keys are compared here and not by the parser, whose own search takes quadratic time.
 */
export function readYaml(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const errors = [...document.errors, ...document.warnings].slice(0, LIMITS.syntax);
  const flaws: Flaw[] = errors.map((error) => ({
    span: { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) },
    path: [],
    ...explain(error.code, error.message),
  }));
  const { version } = document.directives.yaml;
  if (version !== '1.2') {
    flaws.push({
      span: { start: 0, end: 5 },
      path: [],
      message: `this is YAML ${version}, hd.yml is YAML 1.2`,
      write: 'nothing in place of the %YAML line',
    });
  }
  if (flaws.length > 0) return { flaws, lines };
  if (document.contents === null) {
    return { flaws: [{ span: { start: 0, end: 1 }, path: [], message: 'the file is empty' }], lines };
  }
  const builder = new Builder(document);
  try {
    const tree = builder.build(document.contents, [], { start: 0, end: 1 }, 0);
    return { tree, flaws: builder.flaws, lines };
  } catch (error) {
    if (!(error instanceof Bomb)) throw error;
    return { flaws: [{ span: error.span, path: [], message: error.message }], lines };
  }
}

function explain(code: string, message: string): { message: string; write?: string } {
  switch (code) {
    case 'RESOURCE_EXHAUSTION':
      return { message: 'nested too deeply to be read' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', write: 'one document, without a line of ---' };
    case 'TAB_AS_INDENT':
      return { message: 'indented with a tab', write: 'blanks' };
    case 'TAG_RESOLVE_FAILED':
      return { message: 'a tag has no meaning in hd.yml', write: 'the value without its tag' };
    case 'NON_STRING_KEY':
      return { message: 'a key must be text' };
    default:
      return { message: `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}` };
  }
}

class Builder {
  readonly flaws: Flaw[] = [];
  readonly #document: ReturnType<typeof parseDocument>;
  #aliases = 0;
  #values = 0;

  constructor(document: ReturnType<typeof parseDocument>) {
    this.#document = document;
  }

  /** @param fallback where to point when the value has no text of its own on one line: at its key */
  build(node: Node, path: Path, fallback: Span, depth: number): Located {
    const span = spanOf(node, fallback);
    if (++this.#values > LIMITS.values) throw new Bomb(`more than ${LIMITS.values} values`, span);
    if (depth > LIMITS.depth) throw new Bomb(`nested deeper than ${LIMITS.depth} levels`, span);
    if (isAlias(node)) {
      if (++this.#aliases > LIMITS.aliases) throw new Bomb(`more than ${LIMITS.aliases} aliases`, span);
      const target = node.resolve(this.#document);
      if (target === undefined) throw new Bomb(`no such anchor, ${node.source}`, span);
      return this.build(target, path, span, depth + 1);
    }
    if (isSeq<Node>(node)) {
      const items = node.items.map((item, index) => this.build(item, [...path, index], span, depth + 1));
      return { kind: 'list', items, span, path };
    }
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, Entry>();
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : '';
        const key = spanOf(pair.key, span);
        if (entries.has(name)) {
          this.flaws.push({ span: key, path, message: `the key stands twice, ${name}`, write: 'it once' });
        }
        const value: Located =
          pair.value === null
            ? { kind: 'scalar', value: null, span: key, path: [...path, name] }
            : this.build(pair.value, [...path, name], key, depth + 1);
        entries.set(name, { key, value });
      }
      return { kind: 'map', entries, span, path };
    }
    return { kind: 'scalar', value: isScalar(node) ? node.value : null, span, path };
  }
}

function spanOf(node: Node, fallback: Span): Span {
  const range: Range | null | undefined = node.range;
  const block = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (range === null || range === undefined || block || range[1] <= range[0]) return fallback;
  return { start: range[0], end: range[1] };
}

/** The plain value, for validation; no prototype, so that a key can't reach one. */
export function plain(node: Located): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map': {
      const object = Object.create(null) as Record<string, unknown>;
      for (const [name, { value }] of node.entries) object[name] = plain(value);
      return object;
    }
  }
}

export function child(node: Located | undefined, step: string | number): Located | undefined {
  if (node?.kind === 'list' && typeof step === 'number') return node.items[step];
  if (node?.kind === 'map' && typeof step === 'string') return node.entries.get(step)?.value;
  return undefined;
}

/** Follows the path as far as it goes. */
export function find(node: Located, path: Path): { node: Located; rest: Path } {
  let at = node;
  for (const [index, step] of path.entries()) {
    const next = child(at, step);
    if (next === undefined) return { node: at, rest: path.slice(index) };
    at = next;
  }
  return { node: at, rest: [] };
}
