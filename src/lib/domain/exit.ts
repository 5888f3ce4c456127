/** What a finished command tells its caller; the table is in docs/exit-codes.md. */
export const Exit = {
  done: 0,
  bug: 1,
  usage: 2,
  refused: 3,
  notAllowed: 4,
  notVerified: 5,
  rolledBack: 6,
  needsPerson: 7,
  locked: 8,
  inconclusive: 9,
  waiting: 10,
  unreachable: 11,
  interrupted: 130,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];
