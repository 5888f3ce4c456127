import * as z from 'zod';
import * as t from '../texts.ts';

const retry = {
  attempts: z.int().min(1).max(1000).default(20).meta({ description: 'How often to ask at most.' }),
  delay: t.duration.prefault('500ms').meta({ description: 'Between two attempts.' }),
  initial_wait: t.duration.prefault('0s').meta({ description: 'Before the first attempt.' }),
  timeout: t.duration.prefault('5s').meta({ description: 'For one attempt.' }),
};

const expectation = z
  .strictObject({
    status: z.int().min(100).max(599).default(200).meta({ description: 'The status of HTTP.' }),
    json: z
      .record(t.fieldPath, z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .meta({
        description: 'Fields of the JSON body, by dotted path, and the value that each must equal.',
        examples: [{ 'database.status': 'ok' }],
      }),
    within: t.duration
      .optional()
      .meta({ description: 'The answer must have come within this time.', examples: ['2s'] }),
  })
  .meta({ id: 'expect', description: 'What the answer must be.' });

const http = { ...retry, expect: expectation.prefault({}).meta({ description: 'What the answer must be.' }) };

const live = z
  .strictObject({ path: t.urlPath.prefault('/healthz').meta({ description: 'Where to ask.' }), ...http })
  .meta({ id: 'live', description: 'The process is up. Recommended.' });

const ready = z
  .strictObject({ path: t.urlPath.prefault('/ready').meta({ description: 'Where to ask.' }), ...http })
  .meta({ id: 'ready', description: 'It can serve: database reachable, migrations applied. Recommended.' });

const version = z
  .strictObject({
    path: t.urlPath.prefault('/version').meta({ description: 'Where to ask.' }),
    version_field: t.fieldPath
      .prefault('version')
      .meta({ description: 'The field of the JSON body, by dotted path, that holds X.Y.Z.' }),
    commit_field: t.fieldPath
      .prefault('git_sha')
      .meta({ description: 'The field, by dotted path, that holds the commit.' }),
    ...http,
  })
  .meta({
    id: 'version',
    description: 'The service says itself which version and commit it is. Recommended.',
  });

const smokeName = t.checkName.meta({ description: 'How it is called in findings.', examples: ['status'] });

const smokeHttp = z
  .strictObject({
    name: smokeName,
    path: t.urlPath.meta({ description: 'Where to ask.', examples: ['/api/v1/system/status'] }),
    token_env: t.variable.optional().meta({
      description: "The variable of the operator's environment that holds a bearer token.",
      examples: ['HD_SMOKE_TOKEN'],
    }),
    ...http,
  })
  .meta({ id: 'smoke_http', description: 'A request.' });

const smokeCommand = z
  .strictObject({
    name: smokeName,
    run: z
      .array(t.argument)
      .min(1)
      .meta({
        description:
          "A program and its arguments, run on the operator's machine without a shell; exit 0 passes.",
        examples: [['npm', 'run', 'smoke']],
      }),
    timeout: t.duration.prefault('1m').meta({ description: 'For the whole command.' }),
  })
  .meta({ id: 'smoke_command', description: 'A command.' });

const smoke = z
  .array(z.union([smokeHttp, smokeCommand]))
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    error: 'a name stands twice: each smoke check has its own',
  });

const logs = z
  .strictObject({
    since: t.duration.prefault('2m').meta({ description: 'How far back to read, at most to the start.' }),
    forbid: z
      .array(t.literal)
      .default(['FATAL', 'Traceback', 'panic:'])
      .meta({ description: 'Literal texts; a line with one of them fails the check. `[]` turns it off.' }),
  })
  .meta({ id: 'logs', description: "The services' last log lines." });

/** What `hd verify` proves. */
export const checks = z
  .strictObject({
    live: live.optional(),
    ready: ready.optional(),
    version: version.optional(),
    smoke: smoke.default([]).meta({ description: 'Further proofs: requests and commands. Default: none.' }),
    logs: logs.prefault({}),
  })
  .meta({ id: 'checks', description: 'What `hd verify` proves, beside digests, restarts and health.' });
