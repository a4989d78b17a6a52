import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Places } from '../../src/slave/places.js';
import { type AddOptions, addSlave, removeSlave } from '../../src/slave/registry.js';
import { State } from '../../src/volume/state.js';
import type { Volume } from '../../src/volume/volume.js';
import { makeVolume } from '../support/state.js';

interface Setting {
  volume: Volume;
  state: State;
  /** An empty directory beside the source. */
  target: string;
  add(target: string, options?: AddOptions, name?: string): Promise<unknown>;
}

function setting(t: ExecutionContext): Setting {
  const volume = makeVolume(t);
  const state = State.open(volume);
  t.teardown(() => state.close());
  const target = path.join(path.dirname(volume.source), 'target');
  fs.mkdirSync(target);
  return {
    volume,
    state,
    target,
    add: (directory, options = {}, name = 'copy') => addSlave(volume, state, name, directory, options),
  };
}

test('a slave gets an identity, and is opened only with it', async (t) => {
  const { volume, state, target, add } = setting(t);
  await add(target);
  const record = state.slaves.need('copy');
  t.like(record, { target, state: 'initializing', stimeUs: 0 });
  t.is(fs.statSync(`${target}/.markerfs-slave`).mode & 0o777, 0o700);
  const identity = JSON.parse(fs.readFileSync(`${target}/.markerfs-slave/identity.json`, 'utf8')) as object;
  t.like(identity, { format: 1, volume: volume.uuid, slave: record.id, name: 'copy' });
  const places = new Places(volume);
  (await places.open(record)).close();
  await t.throwsAsync(places.open({ ...record, id: 'other' }), { message: /copy of another volume or slave/ });
  fs.writeFileSync(`${target}/.markerfs-slave/identity.json`, '{');
  await t.throwsAsync(places.open(record), { message: /damaged/ });
});

const REFUSED: [string, RegExp, (setting: Setting) => Promise<unknown>][] = [
  ['a target that does not exist', /does not exist/, ({ add, target }) => add(`${target}/none`)],
  [
    'a target that is a file',
    /is not a directory/,
    ({ add, target }) => {
      fs.writeFileSync(`${target}.file`, '');
      return add(`${target}.file`);
    },
  ],
  [
    'a target inside the source',
    /lies in/,
    ({ add, volume }) => {
      fs.mkdirSync(`${volume.source}/inside`);
      return add(`${volume.source}/inside`);
    },
  ],
  ['a target that is the source', /lies in/, ({ add, volume }) => add(volume.source)],
  [
    'a target inside the source by a symlink',
    /lies in/,
    ({ add, volume, target }) => {
      fs.mkdirSync(`${volume.source}/inside`);
      fs.symlinkSync(`${volume.source}/inside`, `${target}/link`);
      return add(`${target}/link`);
    },
  ],
  [
    'a target that contains the source',
    /contains/,
    ({ add, volume }) => add(path.dirname(volume.source), { adopt: true }),
  ],
  [
    'a target that is not empty',
    /is not empty; with --adopt/,
    ({ add, target }) => {
      fs.writeFileSync(`${target}/precious`, '');
      return add(target);
    },
  ],
  ['a remote target of no kind', /is of no kind that there is/, ({ add }) => add('ftp://host/dir')],
  [
    'a name that is taken',
    /has a slave of that name/,
    async ({ add, target }) => {
      await add(target);
      fs.mkdirSync(`${target}2`);
      return add(`${target}2`);
    },
  ],
  [
    'a directory that is a slave already',
    /is slave "copy" already/,
    async ({ add, target }) => {
      await add(target);
      return add(target, { adopt: true }, 'again');
    },
  ],
  [
    'the copy of another volume',
    /copy of another volume/,
    async ({ add, target }) => {
      await add(target);
      const file = `${target}/.markerfs-slave/identity.json`;
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"volume": "[^"]*"/, '"volume": "x"'));
      return add(target, { adopt: true }, 'again');
    },
  ],
  ['a strange name', /a name is 1 to 64/, ({ add, target }) => add(target, {}, 'no/slash')],
];

for (const [what, message, attempt] of REFUSED) {
  test(`refused: ${what}`, async (t) => {
    await t.throwsAsync(attempt(setting(t)), { name: 'UserError', message });
  });
}

test('a fresh filesystem with its lost+found is empty', async (t) => {
  const { add, target } = setting(t);
  fs.mkdirSync(`${target}/lost+found`);
  await t.notThrowsAsync(add(target));
});

test('a slave that was removed keeps its copy, and can be taken up again', async (t) => {
  const { volume, state, target, add } = setting(t);
  await add(target);
  fs.writeFileSync(`${target}/file`, 'x');
  await removeSlave(volume, state, 'copy');
  t.deepEqual(fs.readdirSync(target), ['file']);
  t.is(state.slaves.get('copy'), undefined);
  await t.throwsAsync(add(target), { message: /not empty/ });
  await t.notThrowsAsync(add(target, { adopt: true }));
});
