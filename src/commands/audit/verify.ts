import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { UsageError } from '../../lib/domain/errors.ts';
import { repositoryText } from '../../lib/domain/environment.ts';
import { evidenceOf } from '../../lib/domain/audit/file.ts';
import { verifyExport, verifyLedgers, type AuditOptions } from '../../lib/flows/audit/verify.ts';
import { environmentNamed } from '../../lib/flows/environments.ts';
import { auditView } from '../../lib/ui/screens/audit.ts';
import { worldOf } from '../../lib/world.ts';

export default class AuditVerify extends HdCommand<typeof AuditVerify> {
  static override summary = 'prove that a ledger is what hd wrote, on every host';
  static override examples = [
    { command: 'hd audit verify', description: 'every environment' },
    { command: 'hd audit verify prod', description: 'one' },
    { command: 'hd audit verify --file prod.jsonl', description: 'an export, without hosts or network' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; without it, all of them' }),
  };
  static override flags = {
    file: Flags.string({ summary: 'an exported file instead of the hosts', helpValue: 'FILE' }),
    'allowed-signers': Flags.string({
      summary: 'whose signatures count, as ssh-keygen(1) has it',
      helpValue: 'FILE',
    }),
    'require-signatures': Flags.boolean({ summary: 'a finished entry without one is wrong' }),
  };
  static override looks = true;
  static exits = {
    0: 'everything that could be checked is what hd wrote',
    5: 'something is not',
    9: 'a host was lost while it was read',
    11: "a host can't be reached, and the rest is what hd wrote",
  };

  async execute(): Promise<Result> {
    const { file, 'allowed-signers': allowed, 'require-signatures': requireSignatures } = this.flags;
    if (requireSignatures && allowed === undefined)
      throw new UsageError('--require-signatures needs to know whose count', '--allowed-signers FILE');
    const signatures = allowed === undefined ? {} : { signatures: await this.app.signatures(allowed) };
    const options = { ...signatures, requireSignatures };
    return file === undefined ? this.#hosts(options) : this.#file(file, options);
  }

  async #hosts(options: AuditOptions): Promise<Result> {
    const world = await worldOf(this.app);
    const { config, clock } = world;
    const { env } = this.args;
    const all = Object.values(config.environments);
    const environments = env === undefined ? all : [environmentNamed(config, env)];
    const { audits, ...answer } = await verifyLedgers(world, environments, options);
    const header = [`audit ${env ?? 'of every environment'}`, repositoryText(config)];
    return { view: auditView(audits, header, clock.now()), ...answer };
  }

  async #file(file: string, options: AuditOptions): Promise<Result> {
    const { readText } = await import('../../lib/adapters/files.ts');
    const text = await readText('--file', file);
    if (text.trim() === '') throw new UsageError(`${file} is empty, and no export`);
    const evidence = evidenceOf(text);
    const { env } = this.args;
    if (env !== undefined && env !== evidence.environment)
      throw new UsageError(`${file} is of ${JSON.stringify(evidence.environment)}, not of ${env}`);
    const { audits, ...answer } = await verifyExport(evidence, options);
    return {
      view: auditView(audits, [`audit ${file}`, evidence.environment], this.app.clock.now()),
      ...answer,
    };
  }
}
