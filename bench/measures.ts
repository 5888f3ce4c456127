/** What is measured, and what it is compared with. */
import { join } from 'node:path';
import type { Figure } from './figures.ts';
import type { BenchLab, Wire } from './lab.ts';
import { time } from './time.ts';

/** Starting takes so little that one run says nothing. */
const STARTS_A_RUN = 4;
const MB = 1_000_000;

export type Say = (text: string) => void;

/** `hd --version` and a command's help, against node alone. A first round warms the disk's cache and hd's own. */
export async function starts(lab: BenchLab, runs: number): Promise<Figure[]> {
  const entry = join(import.meta.dirname, '..', 'bin', 'run.js');
  const programs = {
    bare: lab.node('-e', '0'),
    version: lab.node(entry, '--version'),
    help: lab.node(entry, 'status', '--help'),
  };
  const found = { bare: [] as number[], version: [] as number[], help: [] as number[] };
  const names = ['bare', 'version', 'help'] as const;
  for (let round = 0; round <= runs * STARTS_A_RUN; round += 1) {
    for (const name of inTurn(names, round)) {
      const ms = await time([programs[name]]);
      if (round > 0) found[name].push(ms);
    }
  }
  const bare = inMs('node -e 0', found.bare);
  return [
    bare,
    { ...inMs('hd --version', found.version), against: bare, aim: 1.5 },
    { ...inMs('hd status --help', found.help), against: bare, aim: 4 },
  ];
}

/** Deployments, going back and looking, against the script that a person would write. */
export async function changes(lab: BenchLab, runs: number, say: Say): Promise<Figure[]> {
  say(`building ${2 * (runs + 1)} images with 10 MB of new bytes each`);
  const [first = '', ...versions] = await lab.releases(runs + 1);
  const deploy = (version: string): string[] => ['deploy', 'web', '--tag', `v${version}`, '--yes'];
  await time(lab.plain(first));
  await time([lab.hd(...deploy(first))]);

  const script = { fresh: [] as number[], same: [] as number[], back: [] as number[] };
  const plain = async (values: number[], version: string): Promise<void> => {
    values.push(await time(lab.plain(version)));
  };
  const verbs = {
    deploy: new Verb('hd deploy, new version'),
    same: new Verb('hd deploy, no change'),
    rollback: new Verb('hd rollback'),
    verify: new Verb('hd verify'),
    status: new Verb('hd status'),
  };
  for (const [index, version] of versions.entries()) {
    say(`run ${index + 1} of ${runs}`);
    const pairs = [
      [() => plain(script.fresh, version), () => verbs.deploy.measure(lab, deploy(version))],
      [() => plain(script.same, version), () => verbs.same.measure(lab, deploy(version))],
      [() => plain(script.back, first), () => verbs.rollback.measure(lab, ['rollback', 'web', '--yes'])],
      [
        () => verbs.verify.measure(lab, ['verify', 'web']),
        () => verbs.status.measure(lab, ['status', 'web']),
      ],
    ] as const;
    for (const pair of pairs) for (const one of inTurn(pair, index)) await one();
  }
  const fresh = inMs('script, new version', script.fresh);
  const same = inMs('script, no change', script.same);
  const back = inMs('script, back', script.back);
  const each = Object.values(verbs);
  return [
    fresh,
    { ...verbs.deploy.time, against: fresh, aim: 1.3 },
    same,
    { ...verbs.same.time, against: fresh, aim: 0.5 },
    { ...verbs.same.time, against: same },
    back,
    { ...verbs.rollback.time, against: back },
    verbs.verify.time,
    verbs.status.time,
    ...each.map((verb) => verb.peak),
    ...each.map((verb) => verb.wire('connections')),
    ...each.map((verb) => verb.wire('commands')),
  ];
}

/** The other way round every second time. */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed();
}

function inMs(name: string, values: readonly number[]): Figure {
  return { name, unit: 'ms', values };
}

/** What was seen of one verb, a value for each run. */
class Verb {
  readonly #name: string;
  readonly #ms: number[] = [];
  readonly #peaks: number[] = [];
  readonly #wires: Wire[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  async measure(lab: BenchLab, args: readonly string[]): Promise<void> {
    await lab.wire();
    this.#ms.push(await time([lab.hd(...args)]));
    this.#peaks.push((await lab.memory.read()) / MB);
    this.#wires.push(await lab.wire());
  }

  get time(): Figure {
    return inMs(this.#name, this.#ms);
  }

  get peak(): Figure {
    return { name: `${this.#name}: peak memory`, unit: 'MB', values: this.#peaks, aim: 150 };
  }

  wire(what: keyof Wire): Figure {
    const values = this.#wires.map((wire) => wire[what]);
    return { name: `${this.#name}: SSH ${what}`, unit: '', values };
  }
}
