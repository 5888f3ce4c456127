import { inspect } from 'node:util';
import { REDACTED, redaction, type Redact } from './redaction.ts';

/** The values of this process: one that was held once is never to be seen, though the Secret itself is gone. */
const held = new Set<string>();

/**
 * A value that must not be shown. Its string, JSON and inspect forms are `[redacted]`; only an adapter
 * calls `reveal`, and never to put the value into argv.
 */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
    held.add(value);
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Takes out of a text what any Secret of this process holds by then: nobody has to announce one. */
export function heldRedaction(): Redact {
  let redact = redaction(held);
  let known = held.size;
  return (text) => {
    if (held.size > known) {
      redact = redaction(held);
      known = held.size;
    }
    return redact(text);
  };
}
