import type { Command } from 'commander';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { showName, table } from './text.js';

/** `markerfs slave add|list|remove|pause|resume` */
export function addSlave(program: Command): void {
  const slave = program
    .command('slave')
    .description('the copies of a volume: slave add, list, remove, pause, resume')
    .helpCommand(false);
  addAdd(slave);
  addList(slave);
  addRemove(slave);
  addPause(slave);
  addResume(slave);
  explain(slave, [
    'markerfs slave add /data backup /srv/copy',
    'markerfs slave list /data',
    'markerfs slave add --help',
  ]);
}

/** Opens volume and state for the time of some work. */
async function withState<T>(
  source: string,
  { stateDir }: VolumeOptions,
  work: (state: State, volume: Volume) => T | Promise<T>,
): Promise<T> {
  const [{ openVolume }, { State }] = await Promise.all([import('../volume/volume.js'), import('../volume/state.js')]);
  const volume = openVolume(source, stateDir);
  const state = State.open(volume);
  try {
    return await work(state, volume);
  } finally {
    state.close();
  }
}

/** A verb that takes a source and the name of a slave. */
function named(slave: Command, verb: string, description: string): Command {
  const command = slave.command(verb).description(description);
  return withStateDir(command.argument('<source>', SOURCE_HELP).argument('<name>', 'name of the slave'));
}

function addAdd(slave: Command): void {
  const command = named(slave, 'add', 'add a copy; the first pass fills it')
    .argument('<target>', 'directory that will hold the copy: it must exist, and be empty unless it is adopted')
    .option('--adopt', 'take a directory that is not empty: it LOSES what the source does not have')
    .action((source: string, name: string, target: string, options: VolumeOptions & { adopt?: true }) =>
      withState(source, options, async (state, volume) => {
        const registry = await import('../slave/registry.js');
        registry.addSlave(volume, state, name, target, { adopt: options.adopt === true });
      }),
    );
  explain(command, ['markerfs slave add /data backup /srv/copy', 'markerfs slave add /data old /srv/old-copy --adopt']);
}

function addList(slave: Command): void {
  const command = slave
    .command('list')
    .description('list the slaves')
    .argument('<source>', SOURCE_HELP)
    .option('--json', 'print one object a line and slave: { name, target, state, reason }')
    .action((source: string, options: VolumeOptions & { json?: true }) =>
      withState(source, options, (state) => {
        const slaves = state.slaves.list().map(({ name, target, state, reason }) => ({ name, target, state, reason }));
        if (options.json) slaves.forEach(sayJson);
        else say(table([['SLAVE', 'STATE', 'TARGET'], ...slaves.map(row)]));
      }),
    );
  withStateDir(command);
  explain(command, ['markerfs slave list /data']);
}

function row({ name, state, target }: { name: string; state: string; target: string }): string[] {
  return [name, state, showName(Buffer.from(target))];
}

function addRemove(slave: Command): void {
  const command = named(slave, 'remove', 'forget a slave; its copy stays as it is').action(
    (source: string, name: string, options: VolumeOptions) =>
      withState(source, options, async (state, volume) => {
        const registry = await import('../slave/registry.js');
        registry.removeSlave(volume, state, name);
      }),
  );
  explain(command, ['markerfs slave remove /data backup']);
}

function addPause(slave: Command): void {
  const command = named(slave, 'pause', 'ship nothing to a slave until it is resumed').action(
    (source: string, name: string, options: VolumeOptions) =>
      withState(source, options, async (state) => {
        const registry = await import('../slave/registry.js');
        registry.pauseSlave(state, name);
      }),
  );
  explain(command, ['markerfs slave pause /data backup']);
}

function addResume(slave: Command): void {
  const command = named(slave, 'resume', 'ship to a paused slave again, from where it was').action(
    (source: string, name: string, options: VolumeOptions) =>
      withState(source, options, async (state) => {
        const registry = await import('../slave/registry.js');
        registry.resumeSlave(state, name);
      }),
  );
  explain(command, ['markerfs slave resume /data backup']);
}
