import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { recordEntries } from './note-entry.ts';
import type { Sight } from './observe.ts';
import type { World } from './world.ts';

/**
 * A release that was refused by what is known of it (a closed gate, a label that lies, a digest that is missing) goes
 * into the ledger; what is only out of reach, or mistyped, does not. That it can't be written changes no outcome.
 */
export async function recordRefusal(
  world: World,
  environment: Environment,
  sight: Sight,
  /** As a person names it: `v1.4.0`. */
  wanted: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof HdError) || (error.exit !== Exit.refused && error.exit !== Exit.notVerified)) return;
  const began = sight.seen.filter((each) => each.observed.ledger.count > 0);
  if (began.length === 0 || sight.unseen.length > 0) return;
  const evidence = [`asked for ${wanted}`, ...evidenceOf(error)];
  const refused = { kind: 'refused', verb: 'deploy', hosts: [], reason: error.message, evidence } as const;
  try {
    await recordEntries(world, environment, began, [refused], 'record a refusal');
  } catch (failure) {
    if (!(failure instanceof HdError)) throw failure;
    world.reporter.event({
      type: 'note',
      mark: 'warn',
      text: `the refusal is not in the ledger: ${failure.message}`,
    });
  }
}

/** What was found, a line each. */
function evidenceOf({ facts }: HdError): string[] {
  return facts.flatMap(({ label, text, more = [], foreign = [] }) => [
    `${label} ${text}`,
    ...more,
    ...foreign,
  ]);
}
