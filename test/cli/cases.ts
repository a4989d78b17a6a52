import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { State } from '../../src/volume/state.js';
import { openVolume } from '../../src/volume/volume.js';
import { TestVolume } from '../support/volume.js';

/** One volume that has something to tell in each respect, and what every verb does with it. */

/** Where a verb is run: each has folders of its own for what can be done once only. */
export const PLACES = ['pipe', 'terminal', 'json', 'plain'] as const;
export type Place = (typeof PLACES)[number];

export interface World
  extends Pick<TestVolume, 'source' | 'mountpoint' | 'slave' | 'work' | 'markerfs' | 'tryMarkerfs'> {
  /** When a pass had brought the first version of `d/file`. */
  readonly shippedAt: string;
  /** A path in a folder of this place's own. */
  own(place: Place, name: string): string;
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

export interface Case {
  readonly args: (world: World, place: Place) => readonly string[];
  /** The exit status; 0 where it is not given. */
  readonly status?: number;
  /** All that it prints, without colours; of a verb that serves, until it does. */
  readonly prints: RegExp;
  /** The key that ends it on a terminal, where it goes on by itself: in a pipe SIGTERM does, or the end of its input. */
  readonly endedBy?: typeof CTRL_C | typeof CTRL_D;
  /** It says something else on a terminal: nobody compares. */
  readonly differs?: true;
}

/** The folders that some verbs want in a place. */
const FOLDERS = ['source', 'mount', 'slave', 'listed', 'to', 'etc'];

/** A volume with versions, a checkpoint, a difference, a name that is no text, a failure, and changes that wait. */
export async function makeWorld(t: ExecutionContext): Promise<World> {
  const volume = await TestVolume.mounted(t);
  const { source, mountpoint, slave, work } = volume;
  await volume.markerfs('slave', 'set', source, 'copy', 'keep-versions=4w');
  mkdirSync(join(mountpoint, 'd'));
  for (const name of ['file', 'other']) writeFileSync(join(mountpoint, 'd', name), 'content');
  await volume.ship();
  const shippedAt = new Date().toISOString();
  writeFileSync(join(mountpoint, 'd/file'), 'more content');
  await volume.ship();
  await volume.tryMarkerfs('checkpoint', source);
  writeFileSync(join(slave, 'd/other'), 'another');
  writeFileSync(Buffer.concat([Buffer.from(`${mountpoint}/d/`), Buffer.from([0xff])]), '');
  const own = (place: Place, name: string): string => join(work, place, name);
  for (const place of PLACES) {
    for (const folder of FOLDERS) mkdirSync(own(place, folder), { recursive: true });
    const listed = `[volume.slave.listed-${place}]\ntarget = "${own(place, 'listed')}"\n`;
    writeFileSync(own(place, 'file.toml'), `[[volume]]\nsource = "${source}"\nmountpoint = "${mountpoint}"\n${listed}`);
    t.teardown(() => volume.tryMarkerfs('umount', own(place, 'mount')));
  }
  noteFailure(source);
  const markerfs = volume.markerfs.bind(volume);
  return { source, mountpoint, slave, work, shippedAt, own, markerfs, tryMarkerfs: volume.tryMarkerfs.bind(volume) };
}

/** As a pass would leave it. */
function noteFailure(source: string): void {
  const state = State.open(openVolume(source));
  const failed = { kind: 'failed', whole: false, reason: 'no luck', attempts: 3, nextTryUs: 2e15 } as const;
  state.notePending('copy', [{ ...failed, path: Buffer.from('d/file') }]);
  state.close();
}

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?Z`;

/** By what is typed; in this order, since some change what others tell of. */
export const CASES: Readonly<Record<string, Case>> = {
  '': {
    args: ({ own }, place) => [own(place, 'source'), own(place, 'mount')],
    prints: /^Mounted ".*\/source" on ".*\/mount"$/,
  },
  umount: { args: ({ own }, place) => [own(place, 'mount')], prints: /^$/ },
  'slave list': { args: ({ source }) => [source], prints: /^SLAVE +STATE +TARGET\ncopy +active +\/.*\/slave$/ },
  status: {
    args: ({ source }) => [source],
    prints: /^volume +\/[\s\S]*^mounted [\s\S]*^copy +active [\s\S]* no luck$/m,
  },
  dirty: { args: ({ source }) => [source], prints: /^copy: [\s\S]*\\xff/ },
  why: {
    args: ({ mountpoint }) => [join(mountpoint, 'd/file')],
    prints: new RegExp(
      `^volume [\\s\\S]*^copy: failed: [\\s\\S]*"d/file": no luck; tried 3 times[\\s\\S]*^\\d+ +${TIME} +\\w+ +d/file$`,
      'm',
    ),
  },
  failures: {
    args: ({ source }) => [source],
    prints: new RegExp(`^copy: d/file: no luck \\(tried 3 times, next try ${TIME}\\)$`),
  },
  journal: { args: ({ source }) => [source], prints: new RegExp(`^1 +${TIME} +mkdir +d\\n[\\s\\S]* d/\\\\xff$`) },
  verify: {
    args: ({ source }) => [source],
    status: 3,
    prints: /^copy: d\/other: content, mtime\ncopy: \d objects compared, 1 difference, .* s$/,
  },
  checkpoint: {
    args: ({ source }) => [source],
    status: 3,
    prints: new RegExp(`^${TIME}\\nmarkerfs: copy: not reached, active$`),
  },
  rescan: { args: ({ source }) => [source], prints: /^\d objects looked at, / },
  versions: {
    args: ({ source }) => [source, 'd/file'],
    prints: new RegExp(
      `^SINCE +UNTIL +SIZE +MODIFIED +SLAVE\\n${TIME} +${TIME} +7 B +${TIME} +copy\\n${TIME} +now +12 B +${TIME} +copy$`,
    ),
  },
  restore: {
    args: ({ source, shippedAt, own }, place) => [source, 'd/file', '--at', shippedAt, '--to', own(place, 'to')],
    prints: new RegExp(`^1 object restored to /.*/to from slave copy, as of ${TIME}$`),
  },
  metrics: { args: ({ source }) => [source], prints: /^markerfs_slave_failures\{.*slave="copy"\} 1$/m, differs: true },
  dashboard: {
    args: ({ source }) => [source, '--listen', '127.0.0.1:0'],
    prints: /^Dashboard of "\/.*": http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+$/,
    endedBy: CTRL_C,
  },
  'slave add': {
    args: ({ source, own }, place) => [source, `more-${place}`, own(place, 'slave')],
    prints: /^$/,
  },
  'slave set': { args: ({ source }) => [source, 'copy'], prints: /^keep-versions=4w$/ },
  'slave pause': { args: ({ source }, place) => [source, `more-${place}`], prints: /^$/ },
  'slave resume': { args: ({ source }, place) => [source, `more-${place}`], prints: /^$/ },
  'slave remove': { args: ({ source }, place) => [source, `more-${place}`], prints: /^$/ },
  ship: {
    args: ({ source }) => [source],
    prints: /^copy: (journal|walk), \d+ objects? considered, .* s$/,
    differs: true,
  },
  'config check': {
    args: ({ own }, place) => [own(place, 'file.toml')],
    prints: /^\/.*\/file\.toml: 1 volume, 1 slave, nothing wrong$/,
  },
  'config apply': {
    args: ({ own }, place) => [own(place, 'file.toml')],
    prints: /^listed-\w+: added, at "\/.*\/listed"$/,
    differs: true,
  },
  'config run': {
    args: ({ own }, place) => [own(place, 'file.toml')],
    prints: /^listed-\w+: \/.*\/source: initial, \d+ objects considered, .* s$/,
    endedBy: CTRL_C,
  },
  'install-service': {
    args: ({ source, own }, place) => [source, '--name', 'data', '--etc', own(place, 'etc')],
    prints: /^systemctl daemon-reload\nsystemctl enable --now markerfs@data/,
  },
  destroy: {
    args: ({ own }, place) => [own(place, 'source'), '--yes'],
    prints: /^Destroyed: marks of 1 object, state of 0 slaves; all files stay$/,
  },
  agent: {
    args: ({ slave }) => ['--root', slave],
    prints: /"protocol":\d+,"version":"[\d.]+","root":"\//,
    endedBy: CTRL_D,
  },
  completion: { args: () => ['bash'], prints: /^complete .* markerfs$/m },
  man: { args: () => [], prints: /^\.TH MARKERFS 1/im },
  slave: { args: () => [], status: 2, prints: /^Usage: markerfs slave /, differs: true },
  config: { args: () => [], status: 2, prints: /^Usage: markerfs config /, differs: true },
};
