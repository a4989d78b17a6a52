import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { keptObject } from '../../../src/slave/agent/archive.js';
import { AgentConnection } from '../../../src/slave/agent/connection.js';
import { writeIdentity } from '../../../src/slave/identity.js';
import { MARKERFS } from '../../support/volume.js';
import { makeWork } from '../../support/work.js';

const CLAIM = { volume: 'volume', slave: 'slave' };
const THEN_US = 2_000_000_000e6;
/** What was removed then, from the copy's root. */
const REMOVED = `.markerfs-slave/versions/${THEN_US}/o`;

/** A copy, and a conversation with an agent that serves it. */
async function talk(t: ExecutionContext): Promise<{ copy: string; agent: AgentConnection }> {
  const copy = fs.realpathSync(makeWork(t));
  writeIdentity(copy, { format: 1, name: 'copy', createdUs: 0, ...CLAIM });
  fs.mkdirSync(path.join(copy, REMOVED, 'd'), { recursive: true });
  fs.mkdirSync(path.join(copy, 'd'));
  for (const name of [`${REMOVED}/d/gone`, 'd/file']) fs.writeFileSync(path.join(copy, name), 'content');
  const command = [process.execPath, MARKERFS, 'agent', '--root', copy];
  const agent = await AgentConnection.open({ command, peer: 'the test', explain: ({ stderr }) => stderr });
  t.teardown(() => agent.end());
  return { copy, agent };
}

const look = (nowUs = Date.now() * 1000, claim = CLAIM) => ({ value: { claim, nowUs } });

/** Everything that is told of a path. */
async function below(agent: AgentConnection, at: string, timeUs = THEN_US - 1): Promise<string[]> {
  const { list } = await agent.call('keptBelow', { value: [at, timeUs] });
  const rest = await agent.call('keptBelow', { value: null });
  if (rest.list.length > 0) throw new Error('There is more');
  return list.map(([found, folder]) => `${folder}:${found}`);
}

test('an agent lets nobody look who does not know whose copy it is, and tells nothing before', async (t) => {
  const { agent } = await talk(t);
  await t.throwsAsync(agent.call('versions', { value: 'd' }), { message: /nobody looks at old versions/ });
  await t.throwsAsync(agent.call('keptBelow', { value: ['d', 1] }), { message: /nobody looks at old versions/ });
  const other = { ...CLAIM, volume: 'another' };
  await t.throwsAsync(agent.call('look', look(0, other)), { message: /is the copy of another volume or slave/ });
  await agent.call('look', look());
  await agent.call('lookAway', {});
  await t.throwsAsync(agent.call('versions', { value: 'd' }), { message: /nobody looks at old versions/ });
});

test('an agent tells of nothing that a path leads to outside of the copy', async (t) => {
  const { copy, agent } = await talk(t);
  const outside = makeWork(t);
  fs.writeFileSync(path.join(outside, 'secret'), 'secret');
  for (const place of ['out', 'd/out', `${REMOVED}/was`, `${REMOVED}/d/was`])
    fs.symlinkSync(outside, path.join(copy, place));
  await agent.call('look', look());
  for (const at of ['..', 'd/..', '../x', '/etc', 'd//file', './d', 'd\0', '\u012e\u012e']) {
    const message = /Cannot take .* for a path/;
    await t.throwsAsync(agent.call('versions', { value: at }), { message }, at);
    await t.throwsAsync(agent.call('keptBelow', { value: [at, 1] }), { message }, at);
  }
  for (const at of ['', '.markerfs-slave', '.markerfs-slave/versions', '.markerfs/x'])
    await t.throwsAsync(agent.call('keptBelow', { value: [at, THEN_US] }), { message: /Cannot take/ }, at);
  await t.throwsAsync(agent.call('keptBelow', { value: ['d', -1] }), { message: /for a number/ });
  for (const at of ['out/secret', 'd/out/secret', 'was/secret', 'd/was/secret', '.markerfs-slave/identity.json'])
    t.deepEqual((await agent.call('versions', { value: at })).list, [], at);
  // A symlink is an object like any other.
  t.deepEqual(await below(agent, 'was'), [`${REMOVED}:was`]);
  t.deepEqual(await below(agent, 'd'), [':d', ':d/file', `${REMOVED}:d/gone`, ':d/out', `${REMOVED}:d/was`]);
});

test('a folder of old versions that is a symlink holds none', async (t) => {
  const { copy, agent } = await talk(t);
  const store = path.join(copy, '.markerfs-slave/versions');
  const outside = path.join(makeWork(t), 'versions');
  fs.renameSync(store, outside);
  fs.symlinkSync(outside, store);
  await agent.call('look', look());
  t.deepEqual(await below(agent, 'd'), [':d', ':d/file']);
  fs.unlinkSync(store);
  fs.mkdirSync(store);
  fs.symlinkSync(path.join(outside, String(THEN_US)), path.join(store, String(THEN_US)));
  t.deepEqual((await agent.call('versions', { value: 'd/gone' })).list, []);
});

test("since when something is there is told by the source's clock", async (t) => {
  const { copy, agent } = await talk(t);
  const HOUR_US = 3600e6;
  const bornUs = Math.floor(fs.statSync(path.join(copy, 'd/file')).birthtimeMs) * 1000;
  const sinceUs = async (nowUs: number): Promise<number> => {
    await agent.call('look', look(nowUs));
    return Number((await agent.call('versions', { value: 'd/file' })).list[0]?.sinceUs);
  };
  const near = (told: number, wanted: number): boolean => Math.abs(told - wanted) < HOUR_US / 2;
  t.true(near(await sinceUs(Date.now() * 1000), bornUs));
  t.true(near(await sinceUs(Date.now() * 1000 - HOUR_US), bornUs - HOUR_US));
  t.true(near(await sinceUs(Date.now() * 1000 + HOUR_US), bornUs + HOUR_US));
  await agent.call('look', look(Date.now() * 1000 - HOUR_US));
  t.deepEqual(await below(agent, 'd', bornUs - HOUR_US / 2), [':d', ':d/file', `${REMOVED}:d/gone`]);
});

test('an agent that answers with another path than it was asked for is not believed', (t) => {
  for (const [at, folder] of [
    ['d', ''],
    ['d/e', REMOVED],
    ['d/e', `.markerfs-slave/versions/${THEN_US}/r`],
  ] as const)
    t.deepEqual(keptObject([at, folder, false], 'd'), { path: at, folder, hasHoles: false });
  for (const [at, folder] of [
    ['e', ''],
    ['de', ''],
    ['d/../e', ''],
    ['d/./e', ''],
    ['d\0e', ''],
    ['', ''],
    ['d', '..'],
    ['d', '/etc'],
    ['d', 'e'],
    ['d', `${REMOVED}/../..`],
    ['d', `${REMOVED}/x`],
    ['d', `${REMOVED}\n`],
    ['d', '.markerfs-slave'],
  ] as const)
    t.throws(() => keptObject([at, folder, false], 'd'), { name: 'ProtocolError' }, `${at} ${folder}`);
});
