/** What a check found out. A wrong answer is `failed`; no answer is `unknown`. */
export interface Finding {
  check: string;
  host: string;
  state: 'passed' | 'failed' | 'unknown';
  /** One line: `GET /version: 200, "1.4.0", 8c3f2e1`; if it failed, what came and what was wanted. */
  text: string;
  evidence: Evidence;
}

export interface Evidence {
  /** `GET http://127.0.0.1:8000/version`, `docker inspect backend`. */
  asked: string;
  /** Where it was asked: a host's name, or `here`. */
  where: string;
  /** Epoch milliseconds of the operator's clock. */
  at: number;
  ms: number;
  attempts: number;
  /** What came back, of foreign origin: shown behind `| `, cut to 8 lines. */
  got?: readonly string[];
}
