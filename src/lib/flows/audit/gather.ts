import type { Copy, Evidence, Published, Signed } from '../../domain/audit/evidence.ts';
import { signedText } from '../../domain/audit/signatures.ts';
import { variantsOf } from '../../domain/audit/variants.ts';
import { splitLedger } from '../../domain/chain.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import { headRef, publishedAs } from '../../domain/publication.ts';
import type { HostRecords, Signatures } from '../../ports.ts';
import { publishedHeads } from '../published.ts';
import type { World } from '../world.ts';

/** What was read of an environment's records, and the errors of hosts that could not be. */
export interface Gathered {
  evidence: Evidence;
  errors: readonly { host: string; error: HdError }[];
}

/** Reads the records of every host at the same time, and the published heads; what fails is said, and stops nothing. */
export async function gather(world: World, environment: Environment): Promise<Gathered> {
  const [gathered, published] = await Promise.all([
    readCopies(world, environment),
    publishedOf(world, environment),
  ]);
  return { ...gathered, evidence: { ...gathered.evidence, published } };
}

/** The ledgers alone. */
export function gatherLedgers(world: World, environment: Environment): Promise<Gathered> {
  return readCopies(world, environment, 'ledger');
}

async function readCopies(world: World, environment: Environment, only?: 'ledger'): Promise<Gathered> {
  const read = await Promise.all(
    environment.hosts.map(({ name }) => recordsOf(world, environment, name, only)),
  );
  const errors = read.flatMap((each) => ('error' in each ? [each] : []));
  return {
    errors,
    evidence: {
      environment: environment.name,
      since: { count: 0 },
      copies: read.flatMap((each) => ('records' in each ? [copyOf(each.host, each.records)] : [])),
      unread: errors.map(({ host, error }) => ({ host, why: error.message })),
      published: { why: 'nobody asked', asked: false },
      problems: [],
    },
  };
}

async function recordsOf(
  world: World,
  environment: Environment,
  host: string,
  only?: 'ledger',
): Promise<{ host: string; records: HostRecords } | { host: string; error: HdError }> {
  try {
    return { host, records: await (await world.host(environment, host)).records(only) };
  } catch (error) {
    if (error instanceof HdError) return { host, error };
    throw error;
  }
}

export function copyOf(host: string, { ledger, setAside, journals }: HostRecords): Copy {
  return { host, ...splitLedger(ledger), setAside, journals };
}

async function publishedOf(world: World, environment: Environment): Promise<Published> {
  const { config } = world;
  if (config.repository === undefined) return { why: 'hd.yml names no repository', asked: false };
  const where = publishedAs(config, environment) ?? headRef(config, environment);
  if (!config.ledger.publish || where === undefined)
    return { why: 'hd.yml turns publishing off', asked: false };
  try {
    const github = await world.github();
    if (github === undefined) return { why: 'there is no repository', asked: false };
    return { heads: await publishedHeads(github, config, environment) };
  } catch (error) {
    if (error instanceof HdError) return { why: error.message, asked: true };
    throw error;
  }
}

/** As many at the same time, since each is a process or two. */
const AT_ONCE = 4;

/** With whose signatures there are, of every finished entry that has one. */
export async function withSignatures(evidence: Evidence, checker: Signatures): Promise<Evidence> {
  const lines = variantsOf(evidence)?.main.chain.lines ?? [];
  const waiting = lines.flatMap(({ entry, hash }) => {
    const { kind, signature, at } = entry ?? {};
    return entry !== undefined && kind === 'finished' && signature !== undefined && at !== undefined
      ? [{ hash, signature, at, text: signedText(entry) }]
      : [];
  });
  const signatures = new Map<string, Signed>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      signatures.set(next.hash, await checker.check(next.text, next.signature, next.at));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...evidence, signatures };
}
