import { Secret } from '../domain/secret.ts';

type Env = Readonly<Record<string, string | undefined>>;

const SECRET_NAME =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|DATABASE_URL|DSN/i;
/** Where a secret is, or what it is called. */
const ABOUT_ONE = /_(?:FILE|PATH|DIR|DIRECTORY|SOCK|NAME|ENV|ID|TYPE|HELPER|STORE)$/i;
/** By its name alone a variable is only likely to hold one: shorter values are ordinary words. */
const SHORTEST = 6;
const USER_IN_URL = /[a-z][a-z0-9+.-]*:\/\/([^\s/@:]*)(?::([^\s/@]+))?@/gi;
/** A user that is so long is a token: `https://ghp_…@github.com/acme/app`. */
const TOKEN_LENGTH = 20;

/**
 * The secrets of the operator's environment: variables whose name says so, and passwords in URLs (a proxy's). What
 * hd itself is given is among them, and what a smoke command may print.
 */
export function secretVariables(env: Env): readonly Secret[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const named = SECRET_NAME.test(name) && !ABOUT_ONE.test(name) && value.trim().length >= SHORTEST;
    return [...(named ? [new Secret(value)] : []), ...secretsInUrls(value)];
  });
}

/** Passwords and tokens in the URLs of a text, of a git remote say, as they are written and as they are meant. */
export function secretsInUrls(text: string): readonly Secret[] {
  return [...text.matchAll(USER_IN_URL)].flatMap(([, user = '', password]) => {
    const found = password ?? (user.length >= TOKEN_LENGTH ? user : undefined);
    return found === undefined ? [] : [...new Set([found, decoded(found)])].map((each) => new Secret(each));
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
