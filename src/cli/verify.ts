import { type Command, InvalidArgumentError } from 'commander';
import type { Verification } from '../ship/verify/verify.js';
import { toBytes } from '../slave/path.js';
import { showDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { showLook, showPasses } from './progress/show.js';
import { say, sayJson, tell } from './say.js';
import { endSignal } from './signals.js';
import { count, jsonName, showName } from './text.js';

interface VerifyOptions extends VolumeOptions {
  readonly slave?: string;
  readonly repair?: true;
  /** 0 to 1. */
  readonly sample?: number;
  readonly json?: true;
}

const DIFFERENT = 3;

/** `markerfs verify <source>` */
export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('compare slaves with the source, byte by byte')
    .argument('<source>', SOURCE_HELP)
    .option('--slave <name>', 'this slave only')
    .option('--repair', 'ship what differs')
    .option('--sample <percent>', 'read the contents of so many of the files only, others each time', parseShare)
    .option('--json', 'print one object a line and slave')
    .action(verify);
  withStateDir(command);
  explain(
    command,
    ['markerfs verify /data', 'markerfs verify /data --slave backup --repair', 'markerfs verify /data --sample 1%'],
    `Names each path at which a slave differs, and in what: missing, extra, content, mtime, mode, owner,
group, acl, xattrs, link. What has changed since the sync point is counted, not named: the next pass
brings it. Reads all of both sides; no pass for the slave runs meanwhile. The status is 3 where a
slave differs, also where --repair has mended it. What only the slave has is counted where it keeps
what is deleted (keep-deletes), and is no difference.
--json: { slave, compared, differences: [ { path, aspects } ], unsettled, kept, seconds, syncPoint }`,
  );
}

/** `1%`, `0.5%`. */
function parseShare(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%?$/.exec(text)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new InvalidArgumentError('wanted a percentage, such as 1%.');
}

async function verify(source: string, options: VerifyOptions): Promise<void> {
  const [volumes, { State }, verifying, { ship }] = await Promise.all([
    import('../volume/volume.js'),
    import('../volume/state.js'),
    import('../ship/verify/verify.js'),
    import('../ship/ship.js'),
  ]);
  const volume = volumes.openVolume(source, options.stateDir);
  const signal = endSignal();
  const state = State.open(volume);
  try {
    const slaves = options.slave === undefined ? state.slaves.list() : [state.slaves.need(options.slave)];
    if (slaves.length === 0) tell(`Nothing to verify: volume "${volume.source}" has no slaves`);
    for (const { name } of slaves) {
      const share = options.sample === undefined ? {} : { share: options.sample };
      const progress = showLook(volume, `${name}: verify`, share);
      const found = await verifying
        .verify(volume, state, name, { repair: options.repair === true, signal, glance: progress.glance, ...share })
        .finally(() => progress.end());
      if (options.json) sayJson(toJson(found));
      else show(found);
      if (found.differences.length === 0) continue;
      process.exitCode = DIFFERENT;
      if (!options.repair) continue;
      const passes = showPasses(volume);
      const [pass] = await ship(volume, { slaves: [name], signal }).finally(() => passes.end());
      if (pass?.error !== undefined) throw new volumes.UserError(pass.error);
    }
  } finally {
    state.close();
  }
}

function toJson({ differences, ...rest }: Verification): object {
  return {
    ...rest,
    differences: differences.map(({ path, aspects }) => ({ ...jsonName('path', toBytes(path)), aspects })),
  };
}

function show({ slave, compared, differences, unsettled, kept, seconds }: Verification): void {
  for (const { path, aspects } of differences)
    say(`${slave}: ${path === '' ? '.' : showName(toBytes(path))}: ${aspects.join(', ')}`);
  const found = differences.length === 0 ? 'no difference' : count(differences.length, 'difference');
  const later = unsettled > 0 ? `, ${count(unsettled, 'path')} changed since the last pass` : '';
  const more = kept > 0 ? `, ${count(kept, 'object')} kept that the source has no more` : '';
  say(`${slave}: ${count(compared, 'object')} compared, ${found}${later}${more}, ${showDuration(seconds)}`);
}
