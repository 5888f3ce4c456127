import { InterruptedError, LostError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Command, Completed, Effect } from '../../ports.ts';
import { busy, expectDone, fenced } from './answer.ts';
import { expectDeployment, intentLine } from './journal.ts';
import * as programs from './programs.ts';
import { program, type Reach } from './reach.ts';
import { isLost } from './reconnect.ts';

/** To see that a host answers. */
const WORD: Command = { argv: ['true'] };

/** Where a host's steps are kept, and the files that `mask` takes secrets from. */
export interface StepPlace {
  hd: string;
  secretFiles: string;
}

/**
 * Runs a step on the host, where it goes on by itself whatever happens to the connection, and follows it to its end.
 * @param login goes to its standard input, for a pull
 * @throws HdError if the host refuses it: its lock was taken over, or another step has not ended
 * @throws LostError if nobody can say how it ended
 */
export async function runStep(
  reach: Reach,
  place: StepPlace,
  step: Effect,
  fence: number,
  login: Secret | undefined,
): Promise<Completed> {
  const { shell, clock } = reach;
  const words = [
    place.hd,
    step.id,
    fence,
    Math.ceil(step.timeoutMs / 1000),
    place.secretFiles,
    step.alone ? 'yes' : 'no',
    login === undefined ? '' : 'login',
    expectDeployment(shell.host, step.intent.deployment),
    intentLine(step.intent, fence, step.argv, step.id),
    ...step.argv,
  ];
  const command = program(programs.EFFECT, words, login?.reveal());
  const lost = new LostError(shell.host, `step ${step.id} on ${shell.host} did not say how it ended`);
  const { timeoutMs: answerMs } = reach.limit();
  const until = clock.now() + step.timeoutMs + answerMs;
  const begin = (): Promise<Completed> =>
    reach
      .once(command, {
        timeoutMs: step.timeoutMs + answerMs,
        ...(step.signal === undefined ? {} : { signal: step.signal }),
        ...(step.onOutput === undefined ? {} : { onStderr: step.onOutput }),
      })
      .catch(async (error: unknown) => {
        if (error instanceof LostError) return attach(reach, place, step, until, error);
        if (!isLost(error) || clock.now() >= until) throw error;
        // Nothing was sent: it can begin as soon as the host is back.
        await reach.run(WORD);
        return begin();
      });
  const answer = await begin();
  const followed = endOf(answer) !== undefined || answer.status < 128;
  // Otherwise somebody ended the shell that followed the step.
  return ended(reach, step.id, followed ? answer : await attach(reach, place, step, until, lost), lost);
}

/** The session is gone, the step is not: comes back to the host, and waits there until the step's time is over. */
async function attach(
  reach: Reach,
  place: StepPlace,
  { id, signal }: Effect,
  until: number,
  lost: LostError,
): Promise<Completed> {
  for (;;) {
    // A word of its own: the time for coming back counts for the connection, and not for the step.
    await reach.run(WORD);
    if (signal?.aborted === true) throw new InterruptedError();
    const seconds = Math.max(1, Math.ceil((until - reach.clock.now()) / 1000));
    const command = program(programs.ATTACH, [place.hd, id, seconds, place.secretFiles]);
    try {
      return await reach.once(command, { timeoutMs: seconds * 1000 + reach.limit().timeoutMs });
    } catch (error) {
      if (!isLost(error)) throw error;
      if (reach.clock.now() >= until) throw lost;
    }
  }
}

/** How a step ended: a status or a word of ENDED's; undefined if the answer stops before that. */
function endOf({ stdout }: Completed): { word: string; output: string } | undefined {
  const mark = stdout.lastIndexOf('\x1erc ');
  if (mark < 0 || !stdout.endsWith('\n')) return undefined;
  return { word: stdout.slice(mark + 4).trim(), output: stdout.slice(0, mark) };
}

function ended({ shell }: Reach, id: string, answer: Completed, lost: LostError): Completed {
  const end = endOf(answer);
  if (end === undefined) expectDone(shell, `starting ${id}`, answer);
  if (end?.word === 'fenced') throw fenced(shell.host);
  if (end?.word === 'busy') throw busy(shell);
  if (end === undefined || !/^\d+$/.test(end.word)) throw lost;
  return { status: Number(end.word), stdout: end.output, stderr: '', ms: answer.ms };
}
