/** One way to authenticate that a registry offers (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  scheme: string;
  parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`^[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`);
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?=\\s|,|$)`);

/** Reads WWW-Authenticate: several challenges, quoted strings with commas and escapes. Stops at what it can't read. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header;
  for (;;) {
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : PARAMETER.exec(rest);
    if (current !== undefined && parameter !== null) {
      const [all, name = '', quoted, bare] = parameter;
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
      rest = rest.slice(all.length);
      continue;
    }
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return challenges;
    const [all, name = ''] = scheme;
    challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    rest = rest.slice(all.length);
  }
}
