import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  describeSetting,
  readSetting,
  SETTING_NAMES,
  type SettingsChange,
  type SlaveSettings,
  showSetting,
} from '../../src/volume/slave-settings.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { State } from '../../src/volume/state.js';
import { UserError } from '../../src/volume/volume.js';
import { makeVolume } from '../support/state.js';

/** A state with the slave "copy", and a way to write its settings past all checks. */
function withSlave(t: ExecutionContext): { state: State; write(settings: string): void; stored(): unknown } {
  const volume = makeVolume(t);
  const state = State.open(volume);
  const db = new Sqlite(join(volume.stateDir, 'state.db'));
  t.teardown(() => state.close());
  t.teardown(() => db.close());
  state.slaves.add({ name: 'copy', id: '1', target: '/copy', addedUs: 1 }, { bwlimitKiB: 9 });
  return {
    state,
    write: (settings) => db.prepare('UPDATE slaves SET settings = ?').run(settings),
    stored: () => JSON.parse(db.prepare<[], string>('SELECT settings FROM slaves').pluck().get()!),
  };
}

test('a change leaves the other settings, and those of a newer markerfs', (t) => {
  const { state, write, stored } = withSlave(t);
  t.deepEqual(state.slaves.need('copy').settings, { bwlimitKiB: 9 });
  write('{"bwlimitKiB":9,"ofTheFuture":{"a":[1]}}');
  state.slaves.setSettings('copy', { jobs: 3 });
  t.deepEqual(stored(), { bwlimitKiB: 9, ofTheFuture: { a: [1] }, jobs: 3 });
  state.slaves.setSettings('copy', { bwlimitKiB: undefined });
  t.deepEqual(stored(), { ofTheFuture: { a: [1] }, jobs: 3 });
  t.throws(() => state.slaves.setSettings('none', {}), { instanceOf: UserError, message: /^Cannot find slave "none"/ });
});

test('a value that makes no sense is refused, and nothing changes', (t) => {
  const { state, write } = withSlave(t);
  const wrong = (change: unknown) => () => state.slaves.setSettings('copy', change as SettingsChange);
  for (const value of [0, -1, 1.5, '9', null, 2 ** 53]) {
    t.throws(wrong({ jobs: 1, bwlimitKiB: value }), {
      instanceOf: UserError,
      message: /wanted a number of KiB/,
    });
  }
  for (const value of [0, 65, '2']) t.throws(wrong({ jobs: value }), { instanceOf: UserError });
  for (const value of [0, 'yes']) t.throws(wrong({ compress: value }), { instanceOf: UserError });
  t.deepEqual(state.slaves.need('copy').settings, { bwlimitKiB: 9 });
  write('{"bwlimitKiB":"all"}');
  t.throws(() => state.slaves.list(), {
    instanceOf: UserError,
    message: 'Cannot use setting "bwlimit" of slave "copy": it is "all", wanted a number of KiB, or one like 10M or 1G',
  });
});

test('what is typed is read, and shown as it is typed', (t) => {
  const settings: Required<SlaveSettings> = {
    jobs: 2,
    bwlimitKiB: 2048,
    compress: false,
    inplaceKiB: 1 << 20,
    timeoutMs: 90_000,
    maxDelete: { objects: 1000, percent: 5 },
    keepDeletes: true,
    settleMs: 5000,
    maxDelayMs: 120_000,
    keepVersionsMs: 52 * 7 * 86_400_000,
    passwordFile: '/x',
    rsyncOnly: true,
    excludeFrom: '/y',
    exclude: ['*.tmp', '!keep.tmp'],
  };
  const typed = {
    jobs: '2',
    bwlimit: '2M',
    compress: 'no',
    inplace: '1G',
    timeout: '90s',
    'max-delete': ['1000', '5%'],
    'keep-deletes': 'yes',
    settle: '5s',
    'max-delay': '2m',
    'keep-versions': '52w',
    'password-file': '/x',
    'rsync-only': 'yes',
    'exclude-from': '/y',
    exclude: ['*.tmp', '!keep.tmp'],
  };
  for (const name of SETTING_NAMES) {
    const { option } = describeSetting(name);
    const texts = showSetting(settings, name);
    t.deepEqual(texts, [typed[option as keyof typeof typed]].flat());
    t.deepEqual(readSetting(option, texts), { [name]: settings[name] });
    t.deepEqual(readSetting(option, []), { [name]: undefined });
    t.deepEqual(showSetting({}, name), []);
  }
  t.deepEqual(showSetting({ bwlimitKiB: 1001 }, 'bwlimitKiB'), ['1001K']);
  t.deepEqual(readSetting('bwlimit', ['1g']), { bwlimitKiB: 1 << 20 });
});

const NONSENSE = {
  jobs: [['0'], ['65'], ['1', '2'], ['x']],
  bwlimit: [['0'], ['1 '], ['0x10'], ['1e3'], ['1', '2'], [''], ['9'.repeat(16)], ['1P']],
  compress: [['maybe'], [''], ['yes', 'no']],
  timeout: [['5'], ['-1s'], ['0s'], ['30d']],
  'max-delete': [['some'], ['0%'], ['101%'], ['-1'], ['1', 'x'], ['']],
  exclude: [[''], [' '], ['#x']],
};

for (const [option, typed] of Object.entries(NONSENSE)) {
  for (const texts of typed)
    test(`${option} is not set to ${JSON.stringify(texts)}`, (t) => {
      t.throws(() => readSetting(option, texts), {
        instanceOf: UserError,
        message: new RegExp(`^Cannot set "${option}" of a slave to ".*: wanted `),
      });
    });
}

test('there is no setting of another name', (t) => {
  t.throws(() => readSetting('toString', ['a']), {
    instanceOf: UserError,
    message: /^Cannot set "toString" of a slave: there is no such setting; there are jobs, /,
  });
});
