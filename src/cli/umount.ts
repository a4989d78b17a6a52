import type { Command } from 'commander';
import { explain, type VolumeOptions, withStateDir } from './help.js';
import { tell } from './say.js';

/** `markerfs umount <mountpoint>` */
export function addUmount(program: Command): void {
  const command = program
    .command('umount')
    .description('make everything durable and unmount; returns when the daemon has ended')
    .argument('<mountpoint>', 'what to unmount; its source is understood too')
    .action(umount);
  withStateDir(command);
  explain(command, ['markerfs umount /mnt/vol']);
}

async function umount(mountpoint: string, { stateDir }: VolumeOptions): Promise<void> {
  const [{ unmount }, { describeRemoved }] = await Promise.all([
    import('../volume/unmounting.js'),
    import('../volume/dead-mounts.js'),
  ]);
  const removed = await unmount(mountpoint, stateDir);
  if (removed) for (const line of describeRemoved(removed)) tell(line);
}
