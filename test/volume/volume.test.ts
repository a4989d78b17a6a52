import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createVolume, openVolume, VolumeError } from '../../src/volume/volume.js';
import { Talker } from '../support/lines.js';
import { makeWork } from '../support/work.js';

function makeSource(t: ExecutionContext): string {
  const source = join(makeWork(t), 'source');
  mkdirSync(source);
  return source;
}

function refused(t: ExecutionContext, work: () => unknown, message: RegExp): void {
  const error = t.throws(work, { instanceOf: VolumeError, message });
  t.is(error?.exitStatus, 1);
}

test('a volume is made once and found again, also through a symlink', (t) => {
  const source = makeSource(t);
  const volume = createVolume(source);
  t.deepEqual({ ...volume, uuid: '' }, { uuid: '', source, root: source, stateDir: join(source, '.markerfs') });
  t.deepEqual(createVolume(source), volume);
  t.deepEqual(openVolume(source), volume);
  symlinkSync(source, `${source}-link`);
  t.deepEqual(openVolume(`${source}-link`), volume);
});

test('the state folder and the identity are for their owner only', (t) => {
  const { stateDir } = createVolume(makeSource(t));
  t.is(statSync(stateDir).mode & 0o7777, 0o700);
  t.is(statSync(join(stateDir, 'volume.json')).mode & 0o7777, 0o600);
  t.deepEqual(readdirSync(stateDir), ['volume.json']);
});

test('many first mounts at once agree on one volume', async (t) => {
  const source = makeSource(t);
  const programs = Array.from(
    { length: 6 },
    () => new Talker(t, new URL('./creates-volume.js', import.meta.url), source),
  );
  for (const program of programs) await program.line();
  for (const program of programs) program.say('go');
  const uuids = await Promise.all(programs.map((program) => program.line()));
  t.deepEqual(new Set(uuids), new Set([openVolume(source).uuid]));
});

test('a state folder that was made but not filled is filled', (t) => {
  const source = makeSource(t);
  mkdirSync(join(source, '.markerfs'), { mode: 0o700 });
  writeFileSync(join(source, '.markerfs/volume.json.99999'), '{"form');
  t.throws(() => openVolume(source), { instanceOf: VolumeError });
  t.regex(createVolume(source).uuid, /^[0-9a-f-]{36}$/);
});

test('an open state folder of its own is closed to others', (t) => {
  const source = makeSource(t);
  const stateDir = join(source, '.markerfs');
  mkdirSync(stateDir);
  chmodSync(stateDir, 0o755);
  createVolume(source);
  t.is(statSync(stateDir).mode & 0o7777, 0o700);
});

test('a state folder elsewhere belongs to one source', (t) => {
  const source = makeSource(t);
  const other = makeSource(t);
  const stateDir = join(makeWork(t), 'state');
  const volume = createVolume(source, stateDir);
  t.is(volume.stateDir, stateDir);
  t.deepEqual(openVolume(source, stateDir), volume);
  t.deepEqual(readdirSync(source), []);
  refused(
    t,
    () => createVolume(other, stateDir),
    /^Cannot open volume ".*": ".*state" is the state of ".*source"; give/,
  );
  refused(t, () => openVolume(other, stateDir), /is the state of/);
  refused(t, () => openVolume(source), /it was never mounted by markerfs; mount it first/);
});

const DAMAGED: Record<string, string> = {
  'an empty file': '',
  'half a file': '{"format": 1, "uu',
  'another type': '[]',
  'a uuid that is none': '{"format": 1, "uuid": "../../etc"}',
};

for (const [state, content] of Object.entries(DAMAGED)) {
  test(`volume.json is ${state}: refused, and not replaced`, (t) => {
    const source = makeSource(t);
    const file = join(createVolume(source).stateDir, 'volume.json');
    writeFileSync(file, content);
    refused(
      t,
      () => openVolume(source),
      /^Cannot open volume ".*": ".*volume\.json" is damaged; restore it from a backup$/,
    );
    refused(t, () => createVolume(source), /is damaged/);
    t.is(readFileSync(file, 'utf8'), content);
  });
}

test('a volume of a newer format is refused', (t) => {
  const source = makeSource(t);
  const { stateDir, uuid } = createVolume(source);
  writeFileSync(join(stateDir, 'volume.json'), JSON.stringify({ format: 2, uuid, more: true }));
  refused(t, () => createVolume(source), /format of ".*" is 2, wanted 1; use a newer markerfs$/);
});

test('what is no source says why', (t) => {
  const source = makeSource(t);
  const file = join(source, 'file');
  writeFileSync(file, '');
  refused(t, () => createVolume(join(source, 'none')), /^Cannot use source ".*none": it does not exist; /);
  refused(t, () => createVolume(file), /^Cannot use source ".*file": it is not a directory; /);
  refused(t, () => openVolume(join(source, 'none')), /^Cannot open volume ".*none": it does not exist; /);
  refused(t, () => openVolume(source), /never mounted/);
});
