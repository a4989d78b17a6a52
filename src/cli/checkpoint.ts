import type { Command } from 'commander';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { showTime } from './text.js';

interface CheckpointOptions extends VolumeOptions {
  readonly wait?: true;
  readonly json?: true;
}

/** Some slave does not have it yet. */
const NOT_REACHED = 3;

/** `markerfs checkpoint <source>` */
export function addCheckpoint(program: Command): void {
  const command = program
    .command('checkpoint')
    .description('tell a time, and whether every slave has all that was changed until then')
    .argument('<source>', SOURCE_HELP)
    .option('--wait', 'return when every slave has it; passes are made by others, such as markerfs ship --interval')
    .option('--json', 'print one object')
    .action(checkpoint);
  withStateDir(command);
  explain(
    command,
    ['markerfs checkpoint /data --wait && echo "all copies have it"'],
    `The time is on the clock of the marks: every change made before is not after it, every later one
is. The status is 3 while a slave does not have everything up to it. A paused slave is not waited
for.
--json: { checkpoint, reached, behind }: the time in microseconds since 1970, and the names of the
slaves that do not have it`,
  );
}

async function checkpoint(source: string, options: CheckpointOptions): Promise<void> {
  const [{ openVolume }, { State }, { takeCheckpoint, untilReached }] = await Promise.all([
    import('../volume/volume.js'),
    import('../volume/state.js'),
    import('../ship/checkpoint.js'),
  ]);
  const volume = openVolume(source, options.stateDir);
  const state = State.open(volume);
  try {
    const timeUs = await takeCheckpoint(volume, state);
    if (!options.json) say(showTime(timeUs));
    if (options.wait) await untilReached(state, timeUs, endSignal());
    const late = state.slaves.behind(timeUs);
    if (options.json) sayJson({ checkpoint: timeUs, reached: late.length === 0, behind: late.map(({ name }) => name) });
    else
      for (const { name, state, reason } of late) tell(`${name}: not reached, ${state}${reason ? `: ${reason}` : ''}`);
    if (late.length > 0) process.exitCode = NOT_REACHED;
  } finally {
    state.close();
  }
}
