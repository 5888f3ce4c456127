import type { Annotation } from './review-state.ts';

/** What a step tells the runner by a line of its output: `::error title=…::text`. */
export interface StepCommand {
  name: string;
  properties: Readonly<Record<string, string>>;
  message: string;
}

const COMMAND = /^\s*::(error|warning|notice|debug|group|endgroup|add-mask)(?: ([^:]*))?::(.*)$/;

/** Undefined if the line is no command. */
export function parseCommand(line: string): StepCommand | undefined {
  const [, name, properties = '', message = ''] = COMMAND.exec(line) ?? [];
  if (name === undefined) return undefined;
  const pairs = properties.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1))] as const];
  });
  return { name, properties: Object.fromEntries(pairs), message: decode(message) };
}

/** As @actions/core escapes a message and, with `:` and `,` too, a property. */
function decode(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}

const LEVELS = { error: 'failure', warning: 'warning', notice: 'notice' } as const;

/** Undefined if the command is none that annotates. */
export function annotationOf({ name, properties, message }: StepCommand): Annotation | undefined {
  if (name !== 'error' && name !== 'warning' && name !== 'notice') return undefined;
  return {
    level: LEVELS[name],
    title: properties['title'] ?? null,
    message,
    path: properties['file'] ?? '.github',
    line: Number(properties['line'] ?? 1),
  };
}
