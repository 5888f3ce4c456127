import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** The one way to write a value as JSON (RFC 8785), so that equal values have equal bytes. */
export function canonical(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form');
  return text;
}

/** In hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
