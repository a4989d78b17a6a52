import { outline, type VerbOutline } from '../../src/cli/outline.js';
import { makeProgram } from '../../src/cli/program.js';

/** The program's own list of its verbs, from `markerfs` alone on. */
export const VERBS: readonly VerbOutline[] = outline(await makeProgram([]));

/** What is typed for a verb: nothing for mounting. */
export function typed({ words }: VerbOutline): string[] {
  return words.slice(1);
}
