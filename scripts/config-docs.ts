/**
 * Writes schema/hd.schema.json and docs/hd.yml.md from the one schema that hd itself checks hd.yml with:
 * `node scripts/config-docs.ts`. A unit test fails when they are stale.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flow } from '../src/lib/config/flow.ts';
import { forms, jsonSchema, type JsonSchema } from '../src/lib/config/json-schema.ts';

export const SCHEMA_FILE = 'schema/hd.schema.json';
export const PAGE_FILE = 'docs/hd.yml.md';

/** What editors read. */
export function schemaText(): string {
  return `${JSON.stringify(jsonSchema(), undefined, 2)}\n`;
}

/** The headings, from the file's top level downward: where the map stands, and what it is called in the schema. */
const SECTIONS: readonly (readonly [place: string, id?: string])[] = [
  ['The top level'],
  ['images.SERVICE', 'image'],
  ['registries.HOST', 'registry'],
  ['registries.HOST.login', 'login'],
  ['release', 'release'],
  ['ledger', 'ledger'],
  ['environments.NAME', 'environment'],
  ['environments.NAME.hosts[]', 'host'],
  ['environments.NAME.github', 'github'],
  ['environments.NAME.policy', 'policy'],
  ['environments.NAME.policy.approvals.ROLE', 'share'],
  ['environments.NAME.policy.window', 'window'],
  ['environments.NAME.policy.window.blackouts[]', 'blackout'],
  ['environments.NAME.policy.window.freezes[]', 'freeze'],
  ['environments.NAME.policy.rate', 'rate'],
  ['environments.NAME.policy.promoted_from', 'promoted_from'],
  ['environments.NAME.policy.incidents', 'incidents'],
  ['environments.NAME.policy.asking', 'asking'],
  ['environments.NAME.policy.asking.escalate', 'escalate'],
  ['environments.NAME.rollout', 'rollout'],
  ['environments.NAME.checks', 'checks'],
  ['environments.NAME.checks.live', 'live'],
  ['environments.NAME.checks.ready', 'ready'],
  ['environments.NAME.checks.version', 'version'],
  ['environments.NAME.checks.smoke[], a request', 'smoke_http'],
  ['environments.NAME.checks.smoke[], a command', 'smoke_command'],
  ['environments.NAME.checks.….expect', 'expect'],
  ['environments.NAME.checks.logs', 'logs'],
];

/** The reference page. @throws if a map of the schema has no section, or a section no map */
export function pageText(): string {
  const root = jsonSchema();
  const named = new Set(SECTIONS.flatMap(([, id]) => (id === undefined ? [] : [id])));
  const lost = Object.keys(root.definitions ?? {}).filter((id) => !named.has(id));
  if (lost.length > 0) throw new Error(`no section for ${lost.join(', ')}`);
  const sections = SECTIONS.map(([place, id]) => {
    const schema = id === undefined ? root : root.definitions?.[id];
    if (schema === undefined) throw new Error(`no map ${id ?? ''}`);
    const title = id === undefined ? place : `\`${place}\``;
    return `## ${title}\n\n${schema.description ?? ''}\n\n${table(root, schema)}`;
  });
  return [INTRODUCTION, ...sections].join('\n\n').concat('\n');
}

function table(root: JsonSchema, schema: JsonSchema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const shapes = forms(root, value);
    const description = value.description ?? shapes.find((shape) => shape.description)?.description ?? '';
    const example = value.examples?.[0];
    const shown = example === undefined ? '' : ` Example: \`${flow(example)}\``;
    const needed = schema.required?.includes(key) === true ? 'needed' : '';
    const standard = value.default === undefined ? needed : `\`${flow(value.default)}\``;
    return `| \`${key}\` | ${kinds(root, value)} | ${standard} | ${description}${shown} |`;
  });
  return ['| key | value | default | |', '|---|---|---|---|', ...rows].join('\n');
}

function kinds(root: JsonSchema, value: JsonSchema): string {
  const words = forms(root, value).map((shape) => {
    if (shape.enum !== undefined) return shape.enum.map((each) => `\`${flow(each)}\``).join(' or ');
    if (shape.type === 'array') return `list of ${shape.items === undefined ? '' : kinds(root, shape.items)}`;
    if (shape.title !== undefined) return shape.title;
    if (shape.type === 'integer') return 'whole number';
    if (shape.type === 'boolean') return '`true` or `false`';
    return shape.type === 'object' ? 'map' : (shape.type ?? 'text');
  });
  return [...new Set(words)].join(' or ');
}

const INTRODUCTION = `<!-- Made by scripts/config-docs.ts from src/lib/config/schema.ts: change it there. -->

# hd.yml

One file at the repository's root says what hd knows of a project. hd finds it upward from the working folder.
It is YAML 1.2. Every key that is accepted is enforced; an unknown key is an error that names the nearest known one.
All errors are shown at once, each with its file, line and column, and what to write instead; hd exits 2 and has asked
and changed nothing.

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/hd/schema/hd.schema.json
app: healthdelta
images:
  backend: ghcr.io/acme/healthdelta-backend
environments:
  orin:
    hosts: [orin]
    url: http://127.0.0.1:8000
    checks:
      live: {path: /healthz}
      ready: {path: /ready}
      version: {path: /version}
\`\`\`

The first line gives an editor with a YAML language server completion and checks, from
[schema/hd.schema.json](../schema/hd.schema.json). Whole projects are in [examples/](../examples).

- **Durations** are a whole number and a unit, \`500ms\`, \`3s\`, \`2m\`, \`1h\`, and at most 24 hours; those of a \`policy\`
  have no \`ms\`, but days, \`7d\`, and at most 90 of them.
- **\`extends\`** takes everything of another environment that is not said again: maps merge, lists and single values
  replace. YAML's own \`<<\` is not known; anchors and aliases are, a few of them.
- **Nothing secret belongs here**: a token is the name of an environment variable, credentials of registries are
  Docker's own, keys and passwords of hosts are those of ssh.
- **Paths** of files are below the repository's root, paths on hosts absolute. What begins with \`-\`, or leaves its
  folder with \`..\`, is refused.
- **Checks** are done where they are written down. Beside them \`hd verify\` always proves digests, restarts, restart
  policy, health and log lines. \`live\`, \`ready\` and \`version\` are recommended: without \`ready\` hd can't tell that a
  service can serve, without \`version\` nobody asks the service which release it is.
- The file has at most 1 MiB, 5000 values and 50 environments.`;

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  for (const [file, text] of [
    [SCHEMA_FILE, schemaText()],
    [PAGE_FILE, pageText()],
  ] as const) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
}
