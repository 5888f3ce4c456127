/** hd's own entry with commands of the tests' own: what the base does, seen from outside of the process. */
import { main } from '../../../src/lib/cli.ts';

await main(process.argv.slice(2), {
  root: import.meta.dirname,
  manifest: { name: 'hd', version: '0.1.0', oclif: { bin: 'hd', dirname: 'hd', topicSeparator: ' ' } },
  commands: './commands',
});
