import type { Result } from './command.ts';
import type { Answer } from './flows/answer.ts';
import { previewOf } from './ui/view.ts';

/** What the base command prints of a flow's answer: a dry run's preview is its result. */
export function resultOf({ preview, made, ...answer }: Answer): Result {
  return preview === undefined ? answer : { ...answer, view: previewOf(preview) };
}
