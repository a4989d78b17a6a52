import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { showLook } from './progress/show.js';
import { say, tell } from './say.js';
import { endSignal } from './signals.js';
import { count, showName } from './text.js';

/** `markerfs destroy <source>` */
export function addDestroy(program: Command): void {
  const command = program
    .command('destroy')
    .description('take all marks and state away, and leave plain trees')
    .argument('<source>', SOURCE_HELP)
    .option('--yes', 'without being asked')
    .action(destroy);
  withStateDir(command);
  explain(
    command,
    ['markerfs destroy /data', 'markerfs destroy /data --yes'],
    `The files stay, those of the source and those of the copies: what goes are the marks (xattrs), the
state folders of the volume and its slaves, the journal, and what is known of the slaves. The volume
must not be mounted. A slave that cannot be reached keeps its folder .markerfs-slave.`,
  );
}

async function destroy(source: string, { stateDir, yes }: VolumeOptions & { yes?: true }): Promise<void> {
  const [{ openVolume, UserError }, { destroy }] = await Promise.all([
    import('../volume/volume.js'),
    import('../ship/destroy.js'),
  ]);
  const volume = openVolume(source, stateDir);
  const name = showName(Buffer.from(volume.source));
  if (!yes && !(await confirm(`Take all marks and state of volume "${name}" away? Type yes: `)))
    throw new UserError(`Cannot destroy volume "${name}": that was not confirmed; give --yes`, 2);
  const signal = endSignal();
  const progress = showLook(volume, 'destroy', { share: 0 });
  const { slaves, unmarked, left } = await destroy(volume, { glance: progress.glance, signal }).finally(() =>
    progress.end(),
  );
  for (const other of left)
    tell(`Left "${showName(Buffer.from(other))}" in "${volume.stateDir}": it is not markerfs's`);
  say(`Destroyed: marks of ${count(unmarked, 'object')}, state of ${count(slaves, 'slave')}; all files stay`);
}

/** Nobody is asked where nobody sits. */
async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await asked.question(question)) === 'yes';
  } finally {
    asked.close();
  }
}
