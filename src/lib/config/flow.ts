/** A value as YAML's flow style. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${flow(key)}: ${flow(each)}`)
      .join(', ')}}`;
  }
  if (typeof value !== 'string') return String(value);
  return isPlain(value) ? value : JSON.stringify(value);
}

/** Whether YAML reads it back as this text without quotes. */
function isPlain(text: string): boolean {
  return (
    /^[A-Za-z0-9_/~][\w./@~-]*(?:(?<=^[A-Za-z].*):[\w./-]+)*$/.test(text) &&
    !/^(?:[\d.]+|true|false|null|~)$/i.test(text)
  );
}
