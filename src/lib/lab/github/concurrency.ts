import { aborted } from './waits.ts';

/** A run, or a job, that wants to be the only one of its group. */
export interface Member {
  cancel(): void;
  /** Somebody else is in the group: it waits. */
  waits(): void;
}

interface Group {
  holder: Member;
  next: (Member & { enter(): void }) | undefined;
}

/** `concurrency:` of workflows and jobs: one holds a group, and the newest of the others waits for it. */
export class Groups {
  private readonly groups = new Map<string, Group>();

  /**
   * Resolves when the member may go on, with what it calls in the end; undefined if it was cancelled while it waited.
   * @param cancelInProgress ends the one that holds the group
   */
  async enter(
    name: string,
    member: Member,
    cancelInProgress: boolean,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined> {
    const key = name.toLowerCase();
    const leave = (): void => this.leave(key);
    const group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, { holder: member, next: undefined });
      return leave;
    }
    member.waits();
    group.next?.cancel();
    if (cancelInProgress) group.holder.cancel();
    const turn = Promise.withResolvers<'entered'>();
    const mine = { ...member, enter: () => turn.resolve('entered') };
    group.next = mine;
    await Promise.race([turn.promise, aborted(signal)]);
    if (!signal.aborted) return leave;
    if (group.next === mine) group.next = undefined;
    else if (group.holder === mine) leave();
    return undefined;
  }

  private leave(key: string): void {
    const group = this.groups.get(key);
    if (group?.next === undefined) {
      this.groups.delete(key);
      return;
    }
    const { next } = group;
    group.holder = next;
    group.next = undefined;
    next.enter();
  }
}
