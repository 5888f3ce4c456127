import assert from 'node:assert/strict';
import type { PlanStory } from '../../../src/lib/domain/plan-story.ts';
import { servingOf } from '../../../src/lib/domain/serving.ts';
import { drivers } from '../../../src/lib/drivers/index.ts';
import { planChange } from '../../../src/lib/flows/plan.ts';
import { preview, type PreviewInput } from '../../../src/lib/flows/preview.ts';
import { previewOf, viewLines } from '../../../src/lib/ui/view.ts';
import { digest, environment, release, serving, target } from '../../support/core.ts';
import { reads, WIDE } from '../ui/golden.ts';

const OLD = release('1.3.2');
const HOSTS = ['prod-1', 'prod-2'];
const ENVIRONMENT = environment({ hosts: HOSTS, rollout: { maxDowntimeMs: 10_000 } });
const observed = HOSTS.map((host) => serving(OLD, { host }));
const { plan } = planChange(
  drivers.compose,
  ENVIRONMENT,
  target({ 'compose.yaml': 'services: {backend: {image: b}}\n' }),
  observed,
);

const STORY: PlanStory = {
  commits: { from: OLD.commit, to: plan.release.commit, total: 9, list: [] },
  pulls: [1, 2, 3, 4].map((number) => ({ number, title: '', url: '', author: '' })),
  images: [{ service: 'backend', repository: 'b', from: digest('41'), to: digest('9f') }],
  files: [
    {
      path: 'compose.yaml',
      change: 'changed',
      diff: ['@@ -1,2 +1,2 @@', ' backend:', '-  mem_limit: 512m', '+  mem_limit: 768m'],
    },
  ],
  expectedMs: {},
};

const shown = (rest: Partial<PreviewInput> = {}) =>
  viewLines(
    previewOf(
      preview({
        change: { environment: ENVIRONMENT, plan },
        servings: observed.map((each) => servingOf(each, ['backend'])),
        away: [],
        wayBack: OLD,
        ...rest,
      }),
    ),
    { ...WIDE, width: 100 },
  );
const textOf = (rest: Partial<PreviewInput>): string =>
  shown(rest)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

describe('the preview (screen 3)', () => {
  it('says what would be done, why, and how long it takes', () => {
    const stages = { ship: 1000, pull: 14_400, switch: 72_000, verify: 7000 };
    reads(
      shown({ expected: { stages, back: 40_000 }, story: STORY }),
      `
  serves     v1.3.2 on 2 of 2 hosts
  release    v1.3.2 → v1.4.0, 9 commits, 4 pull requests
  commit     5b0d5b0 → 8c3f8c3
  backend    41c741c741c7 → 9f2c9f2c9f2c
  compose    1 line of compose.yaml: mem_limit: 512m → mem_limit: 768m

  STAGE     HOSTS      WHAT                  BECAUSE               EXPECTED
  1 ship    prod-1..2  files of v1.4.0       compose files differ        1s
  2 pull    prod-1..2  backend 9f2c9f2c9f2c  not on the host            14s
  3 switch  prod-1..2  backend               digest differs          1m 12s
  4 verify  prod-1..2  all checks            every deployment            7s

  plan       ${plan.hash.slice(0, 12)}
  downtime   limit 10.0s, measured
  way back   v1.3.2 in about 40s, by itself if this fails
`,
    );
  });

  it('has no column of what is not known', () => {
    const text = textOf({ expected: { stages: {} } });
    assert.ok(
      !text.includes('EXPECTED') && text.includes('way back   v1.3.2, by itself if this fails'),
      text,
    );
  });

  it('leaves empty what was never done', () => {
    const text = textOf({ expected: { stages: { pull: 3000 } } });
    assert.match(text, /pull .* 3s\n/);
    assert.match(text, /switch .*digest differs\n/);
  });

  it('opens each stage into its commands (screen 16)', () => {
    const text = textOf({ steps: true });
    const compose = '--file /opt/app/releases/dN/compose.yaml';
    assert.match(text, /1 ship .*\n {6}prod-1 {2}put 3 files into releases\/dN, all or none\n/);
    const image = 'ghcr\\.io/acme/backend@sha256:(9f2c){16}';
    assert.match(
      text,
      new RegExp(`2 pull .*\\n {6}prod-1 {2}docker pull\\s+${image}\\n {6}prod-2 {2}the same\\n`),
    );
    assert.ok(
      text
        .replaceAll(/\s+/g, ' ')
        .includes(`prod-1 docker compose --project-name app --project-directory /opt/app ${compose}`),
      text,
    );
    assert.match(text, / {6}prod-1 {2}wait for backend to settle, steady for 3s, 1m at the most\n/);
    assert.match(
      text,
      / {6}prod-1 {2}point current at releases\/dN, in one rename\n {6}prod-2 {2}the same 3\n/,
    );
  });

  it('counts the lines of several files, and names what came and went', () => {
    const [first] = STORY.files;
    assert.ok(first);
    const files: PlanStory['files'] = [
      first,
      { path: 'app.conf', change: 'changed', diff: ['@@ -1,1 +1,3 @@', ' a', '+b', '+c'] },
      { path: 'old.conf', change: 'removed', diff: ['-x'] },
    ];
    const text = textOf({ story: { ...STORY, files } });
    assert.match(text, /compose {4}1 line of compose\.yaml/);
    assert.match(text, /files {6}app\.conf \+2, old\.conf removed\n/);
  });

  it('says of commits that are taken back that they are', () => {
    const commits = { from: OLD.commit, to: plan.release.commit, total: 1, list: [], back: true } as const;
    assert.match(textOf({ story: { ...STORY, commits, pulls: [] } }), /v1\.3\.2 → v1\.4\.0, 1 commit back\n/);
  });

  it('says that there are more pull requests than were asked for', () => {
    const commits = { from: OLD.commit, to: plan.release.commit, total: 31, list: [] };
    assert.match(textOf({ story: { ...STORY, commits } }), /31 commits, 4 pull requests or more\n/);
  });
});
