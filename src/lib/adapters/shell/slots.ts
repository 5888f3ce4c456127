/** At most so many at once; the others wait in order. */
export class Slots {
  #limit: number;
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get active(): number {
    return this.#active;
  }

  /** Resolves with what gives the slot back; it may be called more than once. */
  async take(signal?: AbortSignal): Promise<() => void> {
    if (this.#active >= this.#limit) await this.#turn(signal);
    else this.#active += 1;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#active -= 1;
      this.#admit();
    };
  }

  /** The other side allows fewer than are active: from now on one less than now. False if there is no less. */
  shrink(): boolean {
    if (this.#active <= 1) return false;
    this.#limit = Math.min(this.#limit, this.#active - 1);
    return true;
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        if (this.#waiting.includes(enter)) this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new Error('gave up waiting for a turn'));
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      if (signal?.aborted === true) {
        leave();
        return;
      }
      this.#waiting.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #admit(): void {
    while (this.#active < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#active += 1;
      next();
    }
  }
}
