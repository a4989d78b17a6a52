import { type Command, Option } from 'commander';
import { UserError } from '../volume/errors.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, tell } from './say.js';

interface InstallOptions extends VolumeOptions {
  readonly name?: string;
  readonly print?: true;
  readonly etc: string;
  readonly config?: string;
}

/** `markerfs install-service <source>` */
export function addInstallService(program: Command): void {
  const command = program
    .command('install-service')
    .description('write systemd units that mount a volume and ship it each minute')
    .argument('[source]', SOURCE_HELP)
    .option('--name <name>', "the volume's name among the services (default: that of its directory)")
    .addOption(
      new Option('--config <file>', 'serve what this configuration file lists, instead of one volume').conflicts(
        'name',
      ),
    )
    .option('--print', 'show the files, and write none')
    .option('--etc <dir>', 'where they are written', '/etc')
    .action(installService);
  withStateDir(command);
  explain(
    command,
    [
      'markerfs install-service /data',
      'markerfs install-service /data --name data --print',
      'markerfs install-service --config /etc/markerfs/markerfs.toml',
    ],
    `Writes /etc/systemd/system/markerfs@.service, markerfs-ship@.service and markerfs-ship@.timer, which
are the same for every volume, and /etc/markerfs/NAME.conf for this one, where it is mounted now or
was last. A NAME.conf that exists stays as it is. Prints the commands that enable them.
With --config, /etc/systemd/system/markerfs.service, which runs markerfs config run.`,
  );
}

async function installService(source: string | undefined, options: InstallOptions): Promise<void> {
  const { print, etc, config } = options;
  if ((source === undefined) === (config === undefined))
    throw new UserError('Cannot make a service: wanted either a source or --config FILE', 2);
  const { configUnit, writeUnits } = await import('./units.js');
  const units = config === undefined ? await unitsOfVolume(source ?? '', options) : configUnit(config, etc);
  if (print) {
    for (const { path, text } of units.files) say(`# ${path}\n${text}`);
    return;
  }
  for (const kept of writeUnits(units.files)) tell(`Left "${kept}" as it is`);
  say(units.commands.join('\n'));
}

async function unitsOfVolume(source: string, { name, etc, stateDir }: InstallOptions) {
  const [{ openVolume }, { unitsOf }] = await Promise.all([import('../volume/volume.js'), import('./units.js')]);
  return unitsOf(openVolume(source, stateDir), name, stateDir, etc);
}
