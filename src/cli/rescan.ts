import type { Command } from 'commander';
import type { Rescan } from '../ship/rescan/rescan.js';
import { showDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { showLook } from './progress/show.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { count, jsonName, showName } from './text.js';

const RUN_AGAIN = 3;

/** `markerfs rescan <source> [path]` */
export function addRescan(program: Command): void {
  const command = program
    .command('rescan')
    .description('take in what was changed behind the mount, straight in the source')
    .argument('<source>', SOURCE_HELP)
    .argument('[path]', 'only what is at and below it: in the source, in the mount, or relative to the source')
    .option('--json', 'print one object')
    .action(rescan);
  withStateDir(command);
  explain(
    command,
    ['markerfs rescan /data', 'markerfs rescan /data projects/2026'],
    `Looks at all there, without reading content, and marks what has a change time (ctime) for which it
would need another mark than it has. The next pass of each slave also looks at all names there, on
both sides, so that what was removed or renamed is found. Run it after the writes; it waits for the
end of a pass that is under way. The status is 3 where something was renamed meanwhile: then run it
again. What was changed while the wall clock was set back can escape it, but not "markerfs verify
--repair".
JSON: { path, considered, marked, missed, slaves, seconds }`,
  );
}

async function rescan(
  source: string,
  path: string | undefined,
  options: VolumeOptions & { json?: true },
): Promise<void> {
  const [{ openVolume, UserError }, { locate }, { State }, { rawArgument }, rescanning] = await Promise.all([
    import('../volume/volume.js'),
    import('../volume/locate.js'),
    import('../volume/state.js'),
    import('./raw-argument.js'),
    import('../ship/rescan/rescan.js'),
  ]);
  const volume = openVolume(source, options.stateDir);
  const place = path === undefined ? Buffer.alloc(0) : rawArgument(path);
  const start = place[0] === SLASH ? place : Buffer.concat([Buffer.from(`${volume.source}/`), place]);
  const located = locate(start, options.stateDir);
  if (located.volume.uuid !== volume.uuid)
    throw new UserError(`Cannot rescan "${path}": it is not in volume "${volume.source}"; give a path in it`, 2);
  const state = State.open(volume);
  const signal = endSignal();
  const progress = showLook(volume, 'rescan', { top: located.path, share: 0 });
  try {
    const onWait = ({ said }: { said: string }): void => tell(`${said}; waiting for its end`);
    const found = await rescanning.rescan(volume, state, located.path, { onWait, signal, glance: progress.glance });
    progress.end();
    const name = Buffer.from(located.path, 'latin1');
    if (options.json) sayJson({ ...jsonName('path', name), ...found });
    else show(found);
    if (found.missed > 0) process.exitCode = RUN_AGAIN;
  } finally {
    progress.end();
    state.close();
  }
}

const SLASH = 0x2f;

function show({ considered, marked, missed, slaves, seconds }: Rescan): void {
  say(`${count(considered, 'object')} looked at, ${count(marked, 'object')} marked, ${showDuration(seconds)}`);
  if (missed > 0) tell(`${count(missed, 'object')} moved meanwhile: run it again`);
  if (slaves.length > 0)
    say(`The next pass of ${slaves.map((name) => showName(Buffer.from(name))).join(', ')} brings it`);
}
