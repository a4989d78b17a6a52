import type { Command } from 'commander';
import type { PendingPath } from '../volume/pending.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, sayJson } from './say.js';
import { count, jsonName, showName, showSecond } from './text.js';

interface FailuresOptions extends VolumeOptions {
  readonly slave?: string;
  readonly json?: true;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** `markerfs failures <source>` */
export function addFailures(program: Command): void {
  const command = program
    .command('failures')
    .description('list what could not be shipped, and why')
    .argument('<source>', SOURCE_HELP)
    .option('--slave <name>', 'of this slave only')
    .option('--json', 'print one object a line and path')
    .action(failures);
  withStateDir(command);
  explain(
    command,
    ['markerfs failures /data', 'markerfs failures /data --slave backup --json'],
    `Each of these paths is tried again, after a time that grows with each try where ship runs with
--interval, and holds back the slave's sync point until it arrives. So does a file that is still
being written and waits (the setting settle); it was tried 0 times. "markerfs why" tells more.
--json: { slave, path, reason, attempts, nextTryUs }, with pathBase64 where a name is not UTF-8`,
  );
}

async function failures(source: string, options: FailuresOptions): Promise<void> {
  const [{ openVolume }, { State }] = await Promise.all([import('../volume/volume.js'), import('../volume/state.js')]);
  const state = State.open(openVolume(source, options.stateDir));
  try {
    const slaves = options.slave === undefined ? state.slaves.list() : [state.slaves.need(options.slave)];
    for (const { name } of slaves)
      for (const path of [state.pending.failed(name, MOST), state.pending.waiting(name, MOST)].flat())
        (options.json ? tellJson : show)(name, path);
  } finally {
    state.close();
  }
}

function tellJson(slave: string, { path, reason, attempts, nextTryUs }: PendingPath): void {
  sayJson({ slave, ...jsonName('path', path), reason, attempts, nextTryUs });
}

function show(slave: string, { path, reason, attempts, nextTryUs }: PendingPath): void {
  const next = nextTryUs > 0 ? `, next try ${showSecond(nextTryUs)}` : '';
  say(`${slave}: ${path.length === 0 ? '.' : showName(path)}: ${reason} (tried ${count(attempts, 'time')}${next})`);
}
