import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Rsyncd } from '../support/rsyncd.js';
import { must } from '../support/run.js';
import { differences } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

type Counts = Record<'considered' | 'shipped' | 'renamed' | 'deleted' | 'failed' | 'unchanged' | 'syncPoint', number>;

/** What a dry run says: its actions, sorted, and the line of its pass. */
async function dryRun(volume: TestVolume): Promise<{ actions: string[]; pass: Counts & { dryRun: boolean } }> {
  const lines = (await volume.markerfs('ship', volume.source, '--dry-run', '--json')).split('\n');
  const told = lines.map((line) => JSON.parse(line));
  const pass = told.pop();
  const actions = told.map(({ action, path, path2 }) => [action, path, path2].filter(Boolean).join(' '));
  return { actions: actions.sort(), pass };
}

/** Changes of every kind. */
function change(at: (path: string) => string): void {
  writeFileSync(at('new'), 'content');
  writeFileSync(at('kept/changed'), 'other content');
  renameSync(at('tree'), at('moved'));
  renameSync(at('moved/inner/file'), at('moved/file'));
  writeFileSync(at('moved/file'), 'changed after it was moved');
  renameSync(at('one'), at('swap'));
  renameSync(at('two'), at('one'));
  renameSync(at('swap'), at('two'));
  rmSync(at('gone'), { recursive: true });
  rmSync(at('replaced'), { recursive: true });
  symlinkSync('new', at('replaced'));
  linkSync(at('kept/changed'), at('kept/linked'));
}

test('a dry run tells what the pass then does, and changes nothing', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  for (const directory of ['kept', 'tree/inner', 'gone/deep', 'replaced', 'one', 'two'])
    mkdirSync(at(directory), { recursive: true });
  for (const file of [
    'kept/changed',
    'kept/quiet',
    'tree/inner/file',
    'gone/deep/file',
    'replaced/file',
    'one/1',
    'two/2',
  ])
    writeFileSync(at(file), file);
  const first = await dryRun(volume);
  t.is(first.actions.length, first.pass.shipped);
  t.is((await volume.ship()).shipped, first.pass.shipped);

  change(at);
  const before = join(volume.work, 'before');
  await must(['cp', '-a', volume.slave, before]);
  const state = async () => JSON.parse(await volume.markerfs('status', volume.source, '--json')).slaves[0].lastPass;
  const lastPass = await state();
  const { actions, pass } = await dryRun(volume);
  t.is(await differences(before, volume.slave), '');
  t.deepEqual(await state(), lastPass);
  for (const action of [
    'delete gone',
    'rename one two',
    'rename two one',
    'rename tree moved',
    'ship new',
    'ship replaced',
  ])
    t.true(actions.includes(action), `${action}: ${actions.join(', ')}`);

  const done = await volume.ship();
  const { considered, shipped, renamed, deleted, failed } = pass;
  t.like(done, { considered, shipped, renamed, deleted, failed });
  t.is(await differences(volume.source, volume.slave), '');
  const nothing = await dryRun(volume);
  t.deepEqual([nothing.actions, nothing.pass.considered, nothing.pass.dryRun], [[], 0, true]);
});

test('a dry run for a slave that only rsync reaches tells what the pass then does, and changes nothing', async (t) => {
  const volume = await TestVolume.create(t);
  await volume.mount();
  const daemon = await Rsyncd.start(t, volume.slave);
  const target = [daemon.target(), '--password-file', daemon.passwordFile, '--exclude', '*.kept'];
  await volume.markerfs('slave', 'add', volume.source, 'copy', ...target);
  const at = (path: string) => join(volume.mountpoint, path);
  for (const directory of ['kept', 'tree/inner', 'gone/deep', 'half', 'replaced', 'one', 'two'])
    mkdirSync(at(directory), { recursive: true });
  for (const file of [
    'kept/changed',
    'tree/inner/file',
    'gone/deep/file',
    'half/file',
    'replaced/file',
    'one/1',
    'two/2',
  ])
    writeFileSync(at(file), file);
  const first = await dryRun(volume);
  t.is(first.actions.length, first.pass.shipped);
  t.deepEqual(readdirSync(volume.slave), ['.markerfs-slave']);
  t.is((await volume.ship()).shipped, first.pass.shipped);

  change(at);
  writeFileSync(join(volume.slave, 'half/x.kept'), 'left out');
  rmSync(at('half'), { recursive: true });
  const before = join(volume.work, 'before');
  await must(['cp', '-a', volume.slave, before]);
  const { actions, pass } = await dryRun(volume);
  t.is(await differences(before, volume.slave), '');
  for (const action of [
    'delete gone',
    'delete gone/deep/file',
    'delete half/file',
    'delete tree/inner/file',
    'delete replaced/file',
    'ship moved/file',
    'ship new',
    'ship replaced',
  ])
    t.true(actions.includes(action), `${action}: ${actions.join(', ')}`);
  t.false(
    actions.some((action) => /kept$|half$|quiet/.test(action) && action.startsWith('delete')),
    actions.join(', '),
  );
  const { considered, shipped, renamed, deleted, failed, unchanged } = pass;
  t.like(await volume.ship(), { considered, shipped, renamed, deleted, failed, unchanged });
  t.true(existsSync(join(volume.slave, 'half/x.kept')));
  t.deepEqual((await dryRun(volume)).actions, []);
});

test('a dry run by the marks tells what the pass does, too; for people it names each object', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  mkdirSync(at('tree/inner'), { recursive: true });
  writeFileSync(at('tree/inner/file'), 'content');
  await volume.ship();
  volume.removeJournal();
  renameSync(at('tree'), at('moved'));
  const { actions, pass } = await dryRun(volume);
  t.true(actions.includes('ship moved/inner/file') && actions.includes('delete tree'), actions.join(', '));
  const told = await volume.markerfs('ship', volume.source, '--dry-run');
  t.regex(told, /^copy: would delete tree\ncopy: dry run: walk, \d+ objects considered, /m);
  const { shipped, renamed, deleted } = pass;
  t.like(await volume.ship(), { crawl: 'walk', shipped, renamed, deleted });
});
