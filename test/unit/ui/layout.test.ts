import { factsLines, rowLines, type Row } from '../../../src/lib/ui/layout.ts';
import { tableLines } from '../../../src/lib/ui/table.ts';
import { viewLines } from '../../../src/lib/ui/view.ts';
import { NARROW, reads, WIDE } from './golden.ts';

const hosts: readonly Row[] = [
  { mark: 'ok', name: 'prod-1', serves: 'v1.4.0', text: '10 of 10 checks, 0.0s down', took: '24.2s' },
  {
    mark: 'fail',
    name: 'prod-2',
    serves: 'v1.4.0',
    text: '9 of 10 checks: smoke "status" 500',
    took: '36.4s',
  },
  { mark: 'idle', name: 'prod-3', serves: 'v1.3.2', text: '' },
];

describe('rows', () => {
  it('stand on the grid, their durations end in column 80 (story 7)', () => {
    reads(
      [
        ...rowLines(
          [
            {
              mark: 'fail',
              name: 'switch',
              text: 'failed at prod-2; prod-3 was not touched',
              took: '1m 01s',
            },
          ],
          WIDE,
        ),
        ...rowLines(hosts, WIDE, { nested: true }),
      ],
      `
  ✗ switch   failed at prod-2; prod-3 was not touched                     1m 01s
      ✓ prod-1  v1.4.0   10 of 10 checks, 0.0s down                        24.2s
      ✗ prod-2  v1.4.0   9 of 10 checks: smoke "status" 500                36.4s
      · prod-3  v1.3.2
`,
    );
  });

  it('keep version and result when narrow, the duration at the end of the text (story 23)', () => {
    reads(
      [
        ...rowLines(
          [
            {
              mark: 'fail',
              name: 'switch',
              text: 'failed at prod-2; prod-3 was not touched',
              took: '1m 01s',
            },
          ],
          NARROW,
        ),
        ...rowLines(hosts, NARROW, { nested: true }),
        ...rowLines(
          [{ mark: 'ok', name: 'go back', text: '3 of 3 hosts, to v1.3.2', took: '19.6s' }],
          NARROW,
        ),
      ],
      `
  x switch   failed at prod-2; prod-3 was not
             touched (1m 01s)
      + prod-1  v1.4.0   10 of 10 checks
      x prod-2  v1.4.0   9 of 10 checks
      - prod-3  v1.3.2
  + go back  3 of 3 hosts, to v1.3.2 (19.6s)
`,
    );
  });

  it('leave one blank after a name of 8, and quote foreign text in column 11 (story 2)', () => {
    reads(
      rowLines(
        [
          { mark: 'ok', name: 'platform', text: 'linux/amd64, linux/arm64' },
          {
            mark: 'fail',
            name: 'image',
            text: 'step 4 of 7, "Build and push backend", exit 1',
            took: '1m 32s',
            foreign: ['#14 31.07 fetching dependencies failed: read ECONNRESET'],
          },
        ],
        WIDE,
        { nested: true },
      ),
      `
      ✓ platform linux/amd64, linux/arm64
      ✗ image    step 4 of 7, "Build and push backend", exit 1            1m 32s
          | #14 31.07 fetching dependencies failed: read ECONNRESET
`,
    );
  });

  it('quote a long line on the rows that are left, the last line first', () => {
    const error =
      'Error response from daemon: failed to create task for container: failed to create shim task: ' +
      'OCI runtime create failed: no space left on device';
    const quote = (...lines: string[]) =>
      factsLines([{ label: 'seen', text: 'on orin:', foreign: lines }], WIDE);
    reads(
      quote(' Container backend  Recreate', error),
      `
  seen       on orin:
             |  Container backend  Recreate
             | Error response from daemon: failed to create task for container:
             |   failed to create shim task: OCI runtime create failed: no space
             |   left on device
`,
    );
    reads(
      quote('1', '2', '3', '4', '5', error, error),
      `
  seen       on orin:
             | 1
             | 2
             | 3
             | 4
             | 5
             | Error response from daemon: failed to create task for container:…
             | Error response from daemon: failed to create task for container:
             |   failed to create shim task: OCI runtime create failed: no spac…
`,
    );
  });

  it('say of a failed check what was wanted, what was asked, what came back (story 13)', () => {
    reads(
      rowLines(
        [
          {
            mark: 'fail',
            name: 'version',
            text: '200, but commit 5b0d9a4; wanted 8c3f2e1',
            took: '31ms',
            more: ['GET http://orin:8000/version, asked on orin at 10:52:07, 1 try'],
            foreign: ['{"version":"1.4.0","git_sha":"5b0d9a4","built":"2026-11-12T15:04:21Z"}'],
          },
          {
            mark: 'ok',
            name: '9 more',
            text: 'image, live, ready, compose, restarts, downtime, logs, status, suite',
          },
        ],
        WIDE,
      ),
      `
  ✗ version  200, but commit 5b0d9a4; wanted 8c3f2e1                        31ms
             GET http://orin:8000/version, asked on orin at 10:52:07, 1 try
             | {"version":"1.4.0","git_sha":"5b0d9a4","built":"2026-11-12T15:04…
  ✓ 9 more   image, live, ready, compose, restarts, downtime, logs, status,
             suite
`,
    );
  });

  it('of gates have their text in column 20 (story 5)', () => {
    reads(
      factsLines(
        [
          {
            mark: 'fail',
            label: 'window',
            text: 'Saturday 11:20; open mon to thu, 09:00 to 15:00',
            more: ['opens Mon 2026-11-23 09:00, in 1d 21h'],
          },
          {
            mark: 'fail',
            label: 'promoted_from',
            text: '9f2c41d07be3 was confirmed in staging 26h ago; limit 24h',
          },
          {
            mark: 'ok',
            label: '8 open',
            text: 'rate, incidents, checks, branch, immutable, drift, ledger, disk',
          },
        ],
        WIDE,
      ),
      `
  ✗ window         Saturday 11:20; open mon to thu, 09:00 to 15:00
                   opens Mon 2026-11-23 09:00, in 1d 21h
  ✗ promoted_from  9f2c41d07be3 was confirmed in staging 26h ago; limit 24h
  ✓ 8 open         rate, incidents, checks, branch, immutable, drift, ledger,
                   disk
`,
    );
  });
});

const status = {
  head: ['ENV', 'SERVES', 'COMMIT', 'IMAGE', 'HOSTS', 'HEALTH', 'SINCE', 'BY'],
  rows: [
    {
      mark: 'ok',
      cells: ['local', 'v1.5.0-rc.1', 'c41b9e0', '77e0a1c9d5b2', '1 of 1', 'healthy', '3h', 'op'],
    },
    {
      mark: 'warn',
      cells: ['staging', 'v1.5.0-rc.1', 'c41b9e0', '77e0a1c9d5b2', '1 of 2', 'healthy', '14h', 'login-b'],
    },
    {
      mark: 'ok',
      cells: ['prod', 'v1.4.0', '8c3f2e1', '9f2c41d07be3', '3 of 3', 'healthy', '2d', 'login-a'],
    },
  ],
} as const;

describe('a table', () => {
  it('reads as hd status does (story 14)', () => {
    reads(
      viewLines(
        [
          { kind: 'header', parts: ['healthdelta', 'acme/healthdelta'], at: Date.UTC(2026, 10, 21, 16, 20) },
          { kind: 'table', table: status },
        ],
        WIDE,
      ),
      `
healthdelta  acme/healthdelta  Sat 2026-11-21 11:20 UTC-5

  ENV        SERVES       COMMIT   IMAGE         HOSTS   HEALTH   SINCE  BY
  ✓ local    v1.5.0-rc.1  c41b9e0  77e0a1c9d5b2  1 of 1  healthy  3h     op
  ! staging  v1.5.0-rc.1  c41b9e0  77e0a1c9d5b2  1 of 2  healthy  14h    login-b
  ✓ prod     v1.4.0       8c3f2e1  9f2c41d07be3  3 of 3  healthy  2d     login-a
`,
    );
  });

  it('drops columns from the right when narrow, and says so (rule 7)', () => {
    reads(
      tableLines(status, NARROW),
      `
  ENV        SERVES       COMMIT   IMAGE
  + local    v1.5.0-rc.1  c41b9e0  77e0a1c9d5b2
  ! staging  v1.5.0-rc.1  c41b9e0  77e0a1c9d5b2
  + prod     v1.4.0       8c3f2e1  9f2c41d07be3
  (4 columns: --json)
`,
    );
  });

  it('never drops the first two', () => {
    const long = { head: ['HOST', 'WHAT', 'WHY'], rows: [{ cells: ['a'.repeat(30), 'b'.repeat(30), 'c'] }] };
    reads(
      tableLines(long, NARROW),
      `
  ${'HOST'.padEnd(30)}  WHAT
  ${'a'.repeat(30)}  ${'b'.repeat(30)}
  (1 column: --json)
`,
    );
  });

  it('shows 20 rows of the past, how many more, and how to see them (rule 8)', () => {
    const rows = Array.from({ length: 64 }, (_, n) => ({ cells: [`d${n}`, 'confirmed', 'login-a'] }));
    const lines = tableLines({ head: ['ID', 'OUTCOME', 'BY'], rows, all: 'hd history prod --all' }, WIDE);
    reads(
      [...lines.slice(0, 2), ...lines.slice(-2)],
      `
  ID   OUTCOME    BY
  d0   confirmed  login-a
  d19  confirmed  login-a
  44 older: hd history prod --all
`,
    );
  });

  it('puts durations at the right of their column (story 3)', () => {
    reads(
      tableLines(
        {
          head: ['STAGE', 'HOSTS', 'EXPECTED'],
          right: [2],
          rows: [{ cells: ['1 ship', 'prod-1..3', '1s'] }, { cells: ['5 switch', 'prod-1..3', '1m 12s'] }],
        },
        WIDE,
      ),
      `
  STAGE     HOSTS      EXPECTED
  1 ship    prod-1..3        1s
  5 switch  prod-1..3    1m 12s
`,
    );
  });
});
