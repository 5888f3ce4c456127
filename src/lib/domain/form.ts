/** The form of a value that somebody else may have written; a field whose name ends with `?` may be absent. */
export type Form =
  'text' | 'number' | 'flag' | { list: Form } | { record: Form } | { fields: Readonly<Record<string, Form>> };

/** The first place where a value is not of its form, as `actor.name`; undefined if there is none. */
export function misfit(value: unknown, form: Form, path = ''): string | undefined {
  if (typeof form === 'string') return typeof value === TYPES[form] ? undefined : path;
  if ('list' in form) {
    if (!Array.isArray(value)) return path;
    return first(value.entries(), ([index, each]) => misfit(each, form.list, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return path;
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if ('record' in form)
    return first(Object.entries(value), ([key, each]) => misfit(each, form.record, below(key)));
  const held = value as Readonly<Record<string, unknown>>;
  return first(Object.entries(form.fields), ([name, each]) => {
    const key = name.replace(/\?$/, '');
    const absent = !Object.hasOwn(held, key);
    return absent && key !== name ? undefined : misfit(held[key], each, below(key));
  });
}

const TYPES = { text: 'string', number: 'number', flag: 'boolean' } as const;

function first<T>(all: Iterable<T>, look: (each: T) => string | undefined): string | undefined {
  for (const each of all) {
    const found = look(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
