import type { Command } from 'commander';
import type { State } from '../volume/state.js';
import type { Volume } from '../volume/volume.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson, tell } from './say.js';
import { readSettings, settingsHelp, settingsOf, showSettings, withSettings } from './slave-settings.js';
import { showName, table } from './text.js';

/** `markerfs slave add|list|set|remove|pause|resume` */
export function addSlave(program: Command): void {
  const slave = program
    .command('slave')
    .description('the copies of a volume: slave add, list, set, remove, pause, resume')
    .helpCommand(false);
  addAdd(slave);
  addList(slave);
  addSet(slave);
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
        const settings = settingsOf({ ...options });
        if (!settings.rsyncOnly) await tellAuthorizedLine(target);
        await registry.addSlave(volume, state, name, target, {
          adopt: options.adopt === true,
          settings,
          onRemark: tell,
        });
      }),
    );
  withSettings(command);
  explain(
    command,
    [
      'markerfs slave add /data backup /srv/copy',
      'markerfs slave add /data old /srv/old-copy --adopt',
      'markerfs slave add /data far root@backup.example.org:/srv/copy',
      'markerfs slave add /data there rsync://me@host/module/dir --password-file /etc/there.secret',
    ],
    `Targets: /dir; host:/dir, user@host:/dir or ssh://user@host:port/dir, where ssh gets in without a
password and markerfs is installed too. For these a line for ~/.ssh/authorized_keys on the other
side is printed, with which the key can serve that copy and do nothing else. With --rsync-only yes
rsync is enough there: renames are shipped as new files then. So it is with an rsync daemon:
rsync://[user@]host[:port]/module[/dir]. What such a place cannot keep is told, and left out.`,
  );
}

/** Before the first connection: it may be what this one lacks. */
async function tellAuthorizedLine(target: string): Promise<void> {
  const { authorizedLine } = await import('../slave/ssh/authorized.js');
  const found = await authorizedLine(target);
  if (!found) return;
  say(`A key with this line in ~/.ssh/authorized_keys on "${found.host}" can serve this copy and do nothing else:`);
  say(`\n${found.line}\n`);
}

function addList(slave: Command): void {
  const command = slave
    .command('list')
    .description('list the slaves')
    .argument('<source>', SOURCE_HELP)
    .option('--json', 'print one object a line and slave: { name, target, state, reason, file }')
    .action((source: string, options: VolumeOptions & { json?: true }) =>
      withState(source, options, (state) => {
        const slaves = state.slaves.list().map(({ name, target, state, reason, listed }) => ({
          name,
          target,
          state,
          reason,
          file: listed?.file ?? null,
        }));
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

function addSet(slave: Command): void {
  const command = named(slave, 'set', 'change settings of a slave, or show them')
    .argument('[setting...]', 'option=value; option= takes a setting back')
    .action((source: string, name: string, words: readonly string[], options: VolumeOptions) =>
      withState(source, options, async (state, volume) => {
        if (words.length > 0) {
          const change = readSettings(words);
          await refuseListed(volume, state, name, 'set');
          state.slaves.setSettings(name, change);
        } else for (const line of showSettings(state.slaves.need(name).settings)) say(line);
      }),
    );
  explain(
    command,
    ['markerfs slave set /data backup', 'markerfs slave set /data backup jobs=4 bwlimit=10M'],
    `Settings, which slave add takes as options too; they hold from the next pass on:\n${settingsHelp()}`,
  );
}

/** What a configuration file lists is changed there. */
async function refuseListed(volume: Volume, state: State, name: string, action: string): Promise<void> {
  const slave = state.slaves.need(name);
  if (slave.listed === null) return;
  const listed = await import('./config/listed.js');
  listed.refuseListed(volume, slave, action);
}

function addRemove(slave: Command): void {
  const command = named(slave, 'remove', 'forget a slave; its copy stays as it is').action(
    (source: string, name: string, options: VolumeOptions) =>
      withState(source, options, async (state, volume) => {
        await refuseListed(volume, state, name, 'remove');
        const registry = await import('../slave/registry.js');
        await registry.removeSlave(volume, state, name);
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
