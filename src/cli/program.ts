import { Command } from 'commander';
import { version } from './version.js';
import { tellWrongUsage } from './wrong-usage.js';

/** What adds each verb to the program, in the order of the help; mounting has none. */
const VERBS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  '': async () => (await import('./mount.js')).addMount,
  umount: async () => (await import('./umount.js')).addUmount,
  slave: async () => (await import('./slave.js')).addSlave,
  ship: async () => (await import('./ship.js')).addShip,
  verify: async () => (await import('./verify.js')).addVerify,
  rescan: async () => (await import('./rescan.js')).addRescan,
  versions: async () => (await import('./versions.js')).addVersions,
  restore: async () => (await import('./versions.js')).addRestore,
  status: async () => (await import('./status.js')).addStatus,
  checkpoint: async () => (await import('./checkpoint.js')).addCheckpoint,
  failures: async () => (await import('./failures.js')).addFailures,
  dirty: async () => (await import('./dirty.js')).addDirty,
  why: async () => (await import('./why.js')).addWhy,
  journal: async () => (await import('./journal.js')).addJournal,
  metrics: async () => (await import('./metrics.js')).addMetrics,
  dashboard: async () => (await import('./dashboard.js')).addDashboard,
  agent: async () => (await import('./agent.js')).addAgent,
  config: async () => (await import('./config.js')).addConfig,
  'install-service': async () => (await import('./install-service.js')).addInstallService,
  destroy: async () => (await import('./destroy.js')).addDestroy,
  completion: async () => (await import('./completion.js')).addCompletion,
  man: async () => (await import('./man.js')).addMan,
};

/** Those that tell of all verbs. */
const TELLING = ['completion', 'man'];

/** What adds those verbs that a command line needs: a pass with nothing to do is mostly the loading of code. */
function verbsFor([word = '']: readonly string[]): Promise<((program: Command) => void)[]> {
  const alone = word !== '' && !TELLING.includes(word) && Object.hasOwn(VERBS, word) ? VERBS[word] : undefined;
  return Promise.all((alone ? [alone] : Object.values(VERBS)).map((load) => load()));
}

/**
 * No argument is empty on purpose: a variable is not set, and what it stands for would be the working directory. UserError,
 * wrong usage.
 */
async function refuseEmpty(_program: Command, { args, registeredArguments }: Command): Promise<void> {
  const at = args.indexOf('');
  if (at < 0) return;
  const { UserError } = await import('../volume/errors.js');
  const name = registeredArguments[Math.min(at, registeredArguments.length - 1)]?.name();
  throw new UserError(`Cannot use "" as <${name}>: it is empty; is a variable not set?`, 2);
}

/** The program, as it has to be for a command line. */
export async function makeProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('markerfs')
    .description('Keeps remote copies of a live directory tree up to date without ever scanning it')
    .helpCommand(false)
    .option('--version', 'print the version')
    .on('option:version', () => {
      process.stdout.write(`${version()}\n`);
      process.exit(0);
    })
    // `--state-dir` behind a verb is the verb's.
    .enablePositionalOptions()
    .hook('preAction', refuseEmpty);
  for (const add of await verbsFor(args)) add(program);
  tellWrongUsage(program);
  return program;
}
