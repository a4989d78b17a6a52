import { type BytePath, isState, join, readable } from '../slave/path.js';
import type { Slave } from '../slave/slave.js';
import type { DeleteLimit } from '../volume/delete-limit.js';
import { unlessDenied } from './failures/denied.js';
import type { Listed, Source } from './source.js';
import { PassError } from './transfer/rsync.js';
import { isDirectory } from './transfer/units.js';
import type { Work } from './work.js';

/** Of a slave whose source is empty, no more than this is deleted unasked: so few are soon shipped again. */
const MOST_OF_EMPTY = 100;

/** Objects that are to be deleted, all that is below them too; found out when it is asked. */
type Doomed = () => AsyncIterable<BytePath>;

/**
 * Before objects are removed from the slave, with all that is below them: PassError where these are more than the pass
 * may delete. Looks no further than it takes: at what is to be deleted, and where there is a limit in percent, at as
 * much of the source as shows that it is less.
 */
export async function refuseMassDelete({ slave, source, wanted }: Work, doomed: readonly BytePath[]): Promise<void> {
  if (doomed.length > 0) await refuseDeletes(source, wanted.limit, () => below(slave, doomed));
}

/** The same, however it is found out what is to be deleted. */
export async function refuseDeletes(source: Source, limit: DeleteLimit | undefined, doomed: Doomed): Promise<void> {
  if (limit === undefined) return;
  if (isEmpty(source)) await refuseMore(doomed, MOST_OF_EMPTY, 'the source is empty; is its disk mounted? ');
  const { objects, percent } = limit;
  if (objects !== undefined) await refuseMore(doomed, objects, '');
  if (percent !== undefined) await refuseShare(source, doomed, percent);
}

function isEmpty(source: Source): boolean {
  return (source.list('') ?? []).every(({ name }) => isState(name));
}

async function refuseMore(doomed: Doomed, most: number, cause: string): Promise<void> {
  let found = 0;
  for await (const path of doomed())
    if (++found > most) throw refusal(`${cause}more than ${most} objects would go, such as "${readable(path)}"`);
}

async function refuseShare(source: Source, doomed: Doomed, percent: number): Promise<void> {
  let found = 0;
  for await (const _ of doomed()) found++;
  // What stays is what the source has, or nearly so.
  const wanted = (found * (100 - percent)) / percent;
  if (!holds(source, wanted)) throw refusal(`${found} objects would go, more than ${percent} %`);
}

function refusal(cause: string): PassError {
  return new PassError(`Cannot delete on the slave: ${cause}; if they are to go, ship once with --confirm-deletes`);
}

/** What the slave has at these paths and below. */
async function* below(slave: Slave, paths: readonly BytePath[]): AsyncGenerator<BytePath> {
  const open = [...paths];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const [entry] = await slave.stat([path]);
    if (!entry) continue;
    yield path;
    if (isDirectory(entry)) for (const name of (await slave.list(path)) ?? []) open.push(join(path, name));
  }
}

/** What this user may not list is not counted: then less is deleted, not more. */
function listed(source: Source, path: BytePath): Listed[] | undefined {
  return unlessDenied(() => source.list(path));
}

/** Whether the source has at least so many objects. */
function holds(source: Source, wanted: number): boolean {
  let found = 0;
  const open: BytePath[] = [''];
  for (let path = open.pop(); path !== undefined && found < wanted; path = open.pop()) {
    for (const { name } of (listed(source, path) ?? []).filter((one) => !isState(join(path!, one.name)))) {
      found++;
      open.push(join(path, name));
    }
  }
  return found >= wanted;
}
