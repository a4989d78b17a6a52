import fs from 'node:fs';
import { errorCause, UserError } from '../../volume/errors.js';
import type { SlaveRecord } from '../../volume/slaves.js';
import type { Source } from '../source.js';
import { Selection } from './selection.js';
import { SelectedSource } from './source.js';

/** What a slave is to have by its settings. UserError where its patterns cannot be read: nothing is shipped then. */
export async function selectionOf({ name, settings }: Pick<SlaveRecord, 'name' | 'settings'>): Promise<Selection> {
  const { excludeFrom, exclude = [] } = settings;
  const given = exclude.map((pattern) => Buffer.from(pattern).toString('latin1'));
  const patterns = [...(excludeFrom === undefined ? [] : readPatterns(name, excludeFrom)), ...given];
  try {
    return await Selection.of(patterns);
  } catch (error) {
    throw new UserError(`Cannot use the patterns of slave "${name}": ${errorCause(error)}`);
  }
}

/** A source as a slave is to have it. UserError as for {@link selectionOf}. */
export async function selectedFor(
  slave: Pick<SlaveRecord, 'name' | 'settings'>,
  source: Source,
): Promise<SelectedSource> {
  return new SelectedSource(source, await selectionOf(slave));
}

/** Lines of bytes, without those that say nothing. */
function readPatterns(slave: string, file: string): string[] {
  try {
    const lines = fs.readFileSync(file, 'latin1').split(/\r?\n/);
    return lines.filter((line) => /^(?!#).*[^ ]/.test(line));
  } catch (error) {
    throw new UserError(
      `Cannot read the patterns of slave "${slave}" in "${file}": ${errorCause(error)}; see to that, or take it back (markerfs slave set, exclude-from=)`,
    );
  }
}

/**
 * The selection of the last complete pass of a slave, where all of the slave is to be looked at: that was another one, or
 * the slave may have what the source has not, and is not to keep it any more.
 */
export async function formerSelection(
  { excluded, keptDeletes, settings }: Pick<SlaveRecord, 'excluded' | 'keptDeletes' | 'settings'>,
  selection: Selection,
): Promise<Selection | undefined> {
  const { patterns } = selection;
  const isSame = excluded.length === patterns.length && excluded.every((pattern, at) => pattern === patterns[at]);
  if (!isSame) return Selection.of(excluded);
  return keptDeletes && !settings.keepDeletes ? selection : undefined;
}
