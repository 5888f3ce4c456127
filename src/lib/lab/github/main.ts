/** `node main.ts OPTIONS.json`: the emulator as a process of its own, until SIGTERM or SIGINT. */
import { writeAtomically } from './files.ts';
import { startGitHub } from './index.ts';
import { readOptions } from './options.ts';

const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: main.ts OPTIONS.json');
const options = await readOptions(file);
const github = await startGitHub(options);
if (options.readyFile !== undefined)
  await writeAtomically(
    options.readyFile,
    JSON.stringify({ port: github.port, pid: process.pid, url: github.url }),
  );

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void github.close().then(() => process.exit(0));
  });
