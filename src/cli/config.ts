import type { Command } from 'commander';
import { CONFIG_FILE, EXAMPLE } from './config/help.js';
import { explain } from './help.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { settingsHelp } from './slave-settings.js';
import { count } from './text.js';

/** `markerfs config check|apply|run [file]` */
export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('volumes and slaves from a file: config check, apply, run')
    .helpCommand(false);
  addCheck(config);
  addApply(config);
  addRun(config);
  explain(
    config,
    ['markerfs config check', 'markerfs config apply /etc/markerfs/markerfs.toml', 'markerfs config run --help'],
    `The file is TOML:
${EXAMPLE.replace(/^(?=.)/gm, '  ')}
A volume has
  source, mountpoint      absolute paths
  options                 mount options, as for -o
  interval                from one pass to the next, for its slaves (1m)
  on-success, on-failure  as for ship: a program to run after each pass, with its arguments
A slave has a target, and may have
  adopt                   true takes a target that is not empty: it LOSES what the source has not
  interval                its own
and as a key each setting that slave set takes, a list where there are several of one:
${settingsHelp()}

What the file lists is the file's: slave set and slave remove refuse it, and name file and line.
What it does not set is not set. Slaves that it does not list are the verbs'; one that it lists no
more stays, as theirs. To pause and to resume is the verbs' for all.`,
  );
}

/** A verb that takes the file. */
function withFile(config: Command, verb: string, description: string): Command {
  return config.command(verb).description(description).argument('[file]', 'the configuration', CONFIG_FILE);
}

function addCheck(config: Command): void {
  const command = withFile(config, 'check', 'tell all that is wrong in the file, with its lines')
    .option('--json', 'print one object: { file, volumes: [ { source, mountpoint, slaves } ], problems }')
    .action(check);
  explain(
    command,
    ['markerfs config check', 'markerfs config check ./markerfs.toml --json'],
    `Looks at the file alone: whether source and slaves are there is for apply to find out. Each problem
is a line on standard error, in JSON { line, message }; exit status 2.`,
  );
}

async function check(file: string, { json }: { json?: true }): Promise<void> {
  const { lookAt, problemLine } = await import('./config/read.js');
  const { config, problems } = lookAt(file);
  const volumes = config.volumes.map(({ source, mountpoint, slaves }) => ({
    source,
    mountpoint,
    slaves: slaves.map(({ name }) => name),
  }));
  if (json) sayJson({ file: config.file, volumes, problems });
  else for (const problem of problems) tell(problemLine(config.file, problem));
  if (problems.length > 0) process.exitCode = 2;
  else if (!json) {
    const slaves = volumes.reduce((sum, volume) => sum + volume.slaves.length, 0);
    say(`${config.file}: ${count(volumes.length, 'volume')}, ${count(slaves, 'slave')}, nothing wrong`);
  }
}

function addApply(config: Command): void {
  const command = withFile(config, 'apply', 'mount what the file lists, add its slaves, set what it sets').action(
    async (file: string) => {
      const [{ readConfig }, { applyConfig }] = await Promise.all([
        import('./config/read.js'),
        import('./config/apply.js'),
      ]);
      process.exitCode = await applyConfig(readConfig(file));
    },
  );
  explain(
    command,
    ['markerfs config apply'],
    `Does what is missing and says what it did; done twice, it does nothing. Mount options of what is
mounted already hold from its next mount on. Nothing is unmounted, and no slave is removed.`,
  );
}

function addRun(config: Command): void {
  const command = withFile(config, 'run', 'serve what the file lists until SIGINT or SIGTERM: mounts, and passes')
    .option('--json', "print each pass as ship --json does, with the volume's source")
    .action(run);
  explain(
    command,
    ['markerfs config run', 'markerfs install-service --config /etc/markerfs/markerfs.toml'],
    `Applies the file, ships each of its slaves at its interval, and mounts again where a daemon was
killed, or ended because its mount had not answered for two minutes (or the time of the watchdog
that systemd has for this service). What cannot be done is told, disturbs nothing else, and is tried
again. SIGHUP has it read the file again. At the end it unmounts what it has mounted.`,
  );
}

async function run(file: string, { json }: { json?: true }): Promise<void> {
  const [{ serveConfig }, { notifySystemd }] = await Promise.all([
    import('./config/run.js'),
    import('../daemon/notify.js'),
  ]);
  // With --json, standard output is for the passes alone.
  const report = json ? tell : say;
  // What hangs is replaced by the service itself: the volumes that do not go on.
  const ready = (): void => notifySystemd(async () => true);
  await serveConfig(file, { json: json === true, report, ended: endSignal(), ready });
}
