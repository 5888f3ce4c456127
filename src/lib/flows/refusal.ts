import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { servingName, servingOf } from '../domain/serving.ts';
import type { Fact } from '../domain/verdict.ts';
import type { Change } from './change.ts';
import type { Judgement } from './gates/judge.ts';
import { evidenceOf, stops } from './gates/rows.ts';
import { recordEntries, type Note } from './note-entry.ts';
import type { SeenHost, Sight } from './observe.ts';
import type { World } from './world.ts';

/**
 * A release that was refused by what is known of it (a label that lies, a digest that is missing) goes into the ledger;
 * what is only out of reach, or mistyped, does not.
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
  if (sight.unseen.length > 0) return;
  const evidence = [`asked for ${wanted}`, ...error.facts.flatMap(factLines)];
  await record(world, environment, sight.seen, { verb: 'deploy', reason: error.message, evidence });
}

/** A change that closed gates refused, with what each of them found. */
export async function recordClosed(
  world: World,
  { environment, plan, verb }: Change,
  seen: readonly SeenHost[],
  { verdicts }: Judgement,
): Promise<void> {
  const closed = verdicts.filter(stops).map((each) => each.gate);
  const { release, hash } = plan;
  const servings = seen.map((each) => servingOf(each.observed, Object.keys(release.images)));
  const from = Object.fromEntries(servings.map((each) => [each.host, servingName(each)]));
  const evidence = evidenceOf(verdicts);
  const note = { verb, release, from, plan: hash, reason: closed.join(', '), evidence };
  await record(world, environment, seen, note);
}

/** That it can't be written changes no outcome. */
async function record(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  note: Omit<Note, 'kind' | 'hosts'>,
): Promise<void> {
  const began = seen.filter((each) => each.observed.ledger.count > 0);
  if (began.length === 0) return;
  try {
    await recordEntries(
      world,
      environment,
      began,
      [{ ...note, kind: 'refused', hosts: [] }],
      'record a refusal',
    );
  } catch (failure) {
    if (!(failure instanceof HdError)) throw failure;
    const text = `the refusal is not in the ledger: ${failure.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}

function factLines({ label, text, more = [], foreign = [] }: Fact): string[] {
  return [`${label} ${text}`, ...more, ...foreign];
}
