import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The layers, lowest first. A layer may import itself, what is named beside it, and nothing else of ours. */
const layers = {
  domain: [],
  config: ['domain', 'ports'],
  checks: ['domain', 'config', 'ports'],
  gates: ['domain', 'config', 'ports'],
  drivers: ['domain', 'config', 'ports'],
  engine: ['domain', 'config', 'checks', 'ports'],
  flows: ['domain', 'config', 'checks', 'gates', 'drivers', 'engine', 'ports'],
  ui: ['domain', 'ports'],
  adapters: ['domain', 'config', 'ports'],
  lab: ['domain', 'ports'],
};

const zones = Object.entries(layers).flatMap(([layer, allowed]) =>
  [...Object.keys(layers), 'app', 'command', 'ports']
    .filter((other) => other !== layer && !allowed.includes(other))
    .map((other) => ({
      target: `./src/lib/${layer}`,
      from: ['app', 'command', 'ports'].includes(other) ? `./src/lib/${other}.ts` : `./src/lib/${other}`,
      message: `${layer} may not import ${other}: no dependency points up`,
    })),
);

/** What only adapters, the lab and the drawing of it may import. */
const worldly = [
  '@octokit/*',
  'ssh2',
  'execa',
  'listr2',
  'chalk',
  '@inquirer/*',
  'node:fs',
  'node:fs/*',
  'node:child_process',
  'node:net',
  'node:http',
  'node:https',
];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'src/lib/lab/service', 'examples'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/lib/{domain,checks,gates,drivers,flows,engine}/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: worldly, message: 'only an adapter touches the world' }] },
      ],
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
