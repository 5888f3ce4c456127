import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { LockHolder, StopRequest } from '../../domain/lock.ts';
import type { Completed, LockAnswer } from '../../ports.ts';
import { freezeOf, lockOf } from './answer.ts';

/**
 * What the program LOCK said of the lock of a host.
 * @throws HdError if it is none of what that program says
 */
export function lockAnswerOf(host: string, { stdout }: Completed): LockAnswer {
  const said = new Map(
    stdout
      .split('\x1e')
      .slice(1)
      .map((part): [string, string] => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1).trim()];
      }),
  );
  const text = (name: string): string => said.get(name) ?? '';
  const at = Number(text('at'));
  const [position, of] = text('place').split(' ').map(Number);
  const place = position === undefined || of === undefined ? {} : { place: { at: position, of } };
  const other = lockOf(text('replaced'));
  if (said.has('taken')) {
    const fence = Number(text('taken'));
    if (fence > 0) return other === undefined ? { fence } : { fence, replaced: other };
  }
  if (said.has('free')) return { free: true };
  const held = lockOf(text('held'));
  if (held !== undefined) return { held, at, ...place };
  const frozen = freezeOf(text('frozen'));
  if (frozen !== undefined) return { frozen, at };
  const behind = holderOf(text('behind'));
  if (behind !== undefined) return { behind, ...place };
  throw new HdError('host-answer', Exit.unreachable, `${host} did not say whether its lock is free`, {
    facts: [{ label: 'seen', text: `on ${host}:`, foreign: stdout.split('\n').slice(-8) }],
  });
}

/** Undefined for no request. */
export function stopRequestOf(text: string): StopRequest | undefined {
  return objectOf(text) as StopRequest | undefined;
}

function holderOf(text: string): LockHolder | undefined {
  return objectOf(text) as LockHolder | undefined;
}

function objectOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
