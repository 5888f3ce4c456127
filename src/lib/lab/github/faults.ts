import { z } from 'zod';

const schema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      /** A regular expression over the path, with its query. */
      path: z.string().optional(),
    })
    .default({}),
  times: z.int().positive().default(1),
  /** Requests that match and pass before the first one is hit. */
  after: z.int().min(0).default(0),
  kind: z.enum(['status', 'secondary-limit', 'rate-limit', 'timeout', 'cut', 'lost', 'break']),
  /** Of `status`: 500 if absent; of `secondary-limit`: 403 or 429. */
  status: z.int().min(400).max(599).optional(),
  /** Seconds; of `secondary-limit` and `rate-limit`. */
  retryAfter: z.number().min(0).default(1),
});

/**
 * What goes wrong: `status` refuses; `secondary-limit` and `rate-limit` do as GitHub's limits do; `timeout` never
 * answers; `cut` sends half the body; `lost` does the work and hangs up; `break` leaves a field out of the answer,
 * to prove that the validation sees it.
 */
export type Fault = z.output<typeof schema>;

export class Faults {
  private faults: Fault[] = [];

  /** @throws if it is not a fault */
  add(data: unknown): Fault {
    const fault = schema.parse(data);
    this.faults.push(fault);
    return fault;
  }

  clear(): void {
    this.faults = [];
  }

  /** The fault that this request meets, if any; it counts as used. */
  take(method: string, path: string): Fault | undefined {
    for (const fault of this.faults) {
      const { match } = fault;
      if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
      if (match.path !== undefined && !new RegExp(match.path).test(path)) continue;
      if (fault.after > 0) {
        fault.after -= 1;
        continue;
      }
      fault.times -= 1;
      if (fault.times === 0) this.faults.splice(this.faults.indexOf(fault), 1);
      return fault;
    }
    return undefined;
  }
}
