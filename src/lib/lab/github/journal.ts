/** A request or a response that GitHub's description does not allow. */
export interface Violation {
  side: 'request' | 'response';
  operation: string;
  method: string;
  path: string;
  status: number;
  errors: readonly string[];
}

export interface Asked {
  at: string;
  method: string;
  path: string;
  status: number;
  login: string | null;
}

const LIMIT = 10_000;

/** What was asked of the emulator, and what was wrong with it or with its answers. */
export class Journal {
  readonly violations: Violation[] = [];
  readonly requests: Asked[] = [];

  asked(asked: Asked): void {
    this.requests.push(asked);
    if (this.requests.length > LIMIT) this.requests.shift();
  }

  violated(violation: Violation): void {
    this.violations.push(violation);
  }
}
