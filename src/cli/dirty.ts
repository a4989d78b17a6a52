import type { Command } from 'commander';
import type { PendingPath } from '../volume/pending.js';
import type { SlaveRecord } from '../volume/slaves.js';
import type { State } from '../volume/state.js';
import { parseCount } from './count.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { jsonName, showName } from './text.js';

interface DirtyVerbOptions extends VolumeOptions {
  readonly slave?: string;
  readonly depth: number;
  readonly json?: true;
}

/** Objects looked at for each slave. */
const MOST_LOOKED = 200_000;

/** `markerfs dirty <source>` */
export function addDirty(program: Command): void {
  const command = program
    .command('dirty')
    .description('draw what is not on a slave yet, as the marks tell')
    .argument('<source>', SOURCE_HELP)
    .option('--slave <name>', 'for this slave only')
    .option('--depth <levels>', 'levels of directories that are drawn', parseCount, 3)
    .option('--json', 'print one object a line and slave')
    .action(dirty);
  withStateDir(command);
  explain(
    command,
    ['markerfs dirty /data', 'markerfs dirty /data --slave backup --depth 6'],
    `A line for each directory or file that changed after the slave's sync point: changed objects at and
below it, the size of those that are files, and how long ago the first and the last change was.
"moved" has all below it count as changed; "+" says that there is more than was looked at.
Symlinks, devices, fifos and sockets carry no marks: their directory does. Files that the slave's
setting settle keeps waiting, since they are still being written, are named below.
JSON: { slave, syncPoint, dirty: { name, kind, objects, bytes, oldestUs, newestUs, moved, complete,
children }, waiting: [ { path, nextTryUs } ] }, dirty null where nothing is.`,
  );
}

async function dirty(source: string, options: DirtyVerbOptions): Promise<void> {
  const [{ openVolume }, { State }, { LocalSource }, { selectedFor }, { findDirty }, drawing] = await Promise.all([
    import('../volume/volume.js'),
    import('../volume/state.js'),
    import('../ship/source.js'),
    import('../ship/selection/patterns.js'),
    import('../ship/report/dirty.js'),
    import('./dirty-tree.js'),
  ]);
  const volume = openVolume(source, options.stateDir);
  const { slaves, waiting } = lookUp(State.open(volume), options.slave);
  if (slaves.length === 0) say('The volume has no slaves: nothing is dirty');
  const tree = new LocalSource(volume);
  try {
    for (const slave of slaves) {
      const { name, stimeUs } = slave;
      const found = findDirty(await selectedFor(slave, tree), stimeUs, { most: MOST_LOOKED });
      const waits = waiting.get(name) ?? [];
      if (options.json) {
        const dirty = found ? drawing.toJson(found) : null;
        sayJson({ slave: name, syncPoint: stimeUs || null, dirty, waiting: waits.map(waitJson) });
      } else {
        say(drawing.draw(name, stimeUs, found, options.depth, Date.now() * 1000));
        for (const { path } of waits) say(`waits, still being written: ${showName(path)}`);
      }
    }
  } finally {
    tree.close();
  }
}

function waitJson({ path, nextTryUs }: PendingPath): object {
  return { ...jsonName('path', path), nextTryUs };
}

interface Found {
  readonly slaves: readonly SlaveRecord[];
  /** By the name of the slave, files that are still being written. */
  readonly waiting: ReadonlyMap<string, readonly PendingPath[]>;
}

function lookUp(state: State, only: string | undefined): Found {
  try {
    const slaves = only === undefined ? state.slaves.list() : [state.slaves.need(only)];
    return { slaves, waiting: new Map(slaves.map(({ name }) => [name, state.pending.waiting(name, MOST_LOOKED)])) };
  } finally {
    state.close();
  }
}
