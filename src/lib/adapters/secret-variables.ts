import { Secret } from '../domain/secret.ts';

type Env = Readonly<Record<string, string | undefined>>;

const SECRET_NAME =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|DATABASE_URL|DSN/i;
/** Where a secret is, or what it is called. */
const ABOUT_ONE = /_(?:FILE|PATH|DIR|DIRECTORY|SOCK|NAME|ENV|ID|TYPE|HELPER|STORE)$/i;
/** By its name alone a variable is only likely to hold one: shorter values are ordinary words. */
const SHORTEST = 6;
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@]*?:([^\s/@]+)@/i;

/**
 * The secrets of the operator's environment: variables whose name says so, and passwords in URLs (a proxy's). What
 * hd itself is given is among them, and what a smoke command may print.
 */
export function secretVariables(env: Env): readonly Secret[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const named = SECRET_NAME.test(name) && !ABOUT_ONE.test(name) && value.trim().length >= SHORTEST;
    const password = PASSWORD_IN_URL.exec(value)?.[1];
    return [...(named ? [value] : []), ...(password === undefined ? [] : [password, decoded(password)])].map(
      (each) => new Secret(each),
    );
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
