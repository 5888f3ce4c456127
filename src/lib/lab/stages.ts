import type { Reporter } from '../ports.ts';

/** What `hd lab up` goes through, in this order. */
const STAGES = {
  engine: 'a Docker engine',
  images: 'of a lab host and of the demo service',
  hosts: 'and the registry',
  github: 'with a runner',
  project: 'the sample project',
} as const;

export type StageName = keyof typeof STAGES;

/** Shows what is going to happen. */
export function openStages(reporter: Reporter): void {
  const stages = Object.entries(STAGES).map(([name, text]) => ({ name, text }));
  reporter.event({ type: 'stages', stages });
}

/** What a stage says while it works. */
export type Say = (text: string) => void;

/** Runs one stage: its row is busy until the work ends, and then says what came of it. */
export async function stage<T>(
  reporter: Reporter,
  name: StageName,
  work: (say: Say) => Promise<{ text: string; value: T }>,
): Promise<T> {
  const began = performance.now();
  const tell = (mark: 'busy' | 'ok' | 'fail', text: string) =>
    reporter.event({
      type: 'stage',
      name,
      mark,
      text,
      ...(mark === 'busy' ? {} : { ms: performance.now() - began }),
    });
  tell('busy', STAGES[name]);
  try {
    const { text, value } = await work((said) => tell('busy', said));
    tell('ok', text);
    return value;
  } catch (error) {
    tell('fail', STAGES[name]);
    throw error;
  }
}
