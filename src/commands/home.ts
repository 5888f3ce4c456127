import { HdCommand, type Result } from '../lib/command.ts';
import { formatRepository, homeView } from '../lib/ui/home.ts';

/** `hd` alone (screens.md, 1): reads hd.yml and nothing else. */
export default class Home extends HdCommand<typeof Home> {
  static override hidden = true;
  static override looks = true;
  static override summary = 'what hd is for, here';

  async execute(): Promise<Result> {
    const { findConfig } = await import('../lib/config/index.ts');
    const file = await findConfig(this.app.cwd);
    const config = file === undefined ? undefined : await this.app.config();
    const commands = new Set(this.config.commandIDs);
    return {
      view: homeView({ version: this.app.version, cwd: this.app.cwd, config, commands }),
      json: {
        version: this.app.version,
        ...(config === undefined
          ? {}
          : {
              app: config.app,
              repository: formatRepository(config),
              environments: Object.keys(config.environments),
            }),
      },
    };
  }
}
