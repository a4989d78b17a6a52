import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Look } from '../../src/dashboard/page/messages.js';
import { run } from '../support/run.js';
import { makeVolume } from '../support/state.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { Served } from './served.js';

const LOOK: Look = { range: 'minutes', dirty: { slave: null, path: '' }, journal: { text: '', operations: [] } };

test('the page is for everybody who asks for an address, what it shows only for who has the token', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  for (const path of [
    '/',
    '/main.js',
    '/style.css',
    '/icon.svg',
    '/vendor/uplot.js',
    '/vendor/uplot.css',
    '/vendor/d3-hierarchy.js',
  ]) {
    const { status, headers, body } = await served.ask({ path });
    t.is(status, 200, path);
    t.false(body.includes(served.token), path);
    t.is(headers['x-content-type-options'], 'nosniff');
    t.regex(headers['content-security-policy'] as string, /default-src 'none'.*frame-ancestors 'none'/);
    t.notRegex(headers['content-security-policy'] as string, /unsafe|http:|https:|\*/);
    t.is(headers['set-cookie'], undefined);
  }
  t.is((await served.ask({ path: '/events' })).status, 401);
  const wrong = { Authorization: 'Bearer nonsense' };
  t.is((await served.ask({ path: '/events', headers: wrong })).status, 401);
  t.is((await served.ask({ path: `/events?token=${served.token}` })).status, 401);
});

test('the page asks for nothing but what the server has', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  const { body } = await served.ask({ path: '/' });
  t.notRegex(body, /https?:\/\/|style="|<script(?! type="module" src="\/main\.js"><\/script>)| on\w+="/);
});

test('a page of another name that leads here gets nothing', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  const headers = { Host: `rebound.example:${served.port}`, Authorization: `Bearer ${served.token}` };
  for (const path of ['/', '/events', '/main.js']) t.is((await served.ask({ path, headers })).status, 421, path);
});

test('--host allows a name', async (t) => {
  const served = await Served.start(t, makeVolume(t).source, '--host', 'status.example.org');
  t.is((await served.ask({ headers: { Host: 'status.example.org' } })).status, 200);
  t.is((await served.ask({ headers: { Host: 'other.example.org' } })).status, 421);
});

test('what does not exist is not found, whatever it is called', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  for (const path of [
    '/none',
    '/../package.json',
    '/%2e%2e/package.json',
    '/vendor/../server.js',
    '/server.js',
    '//',
    '/constructor',
    '/__proto__',
  ])
    t.is((await served.ask({ path })).status, 404, path);
  t.is((await served.ask({ method: 'POST', path: '/' })).status, 405);
  t.is((await served.ask({ method: 'GET', path: '/retry' })).status, 405);
  t.is((await served.ask({ method: 'DELETE', path: '/events' })).status, 405);
  t.is((await served.ask({ method: 'HEAD', path: '/' })).body, '');
});

test('a file that the browser has is not sent again', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  const { headers } = await served.ask({ path: '/main.js' });
  const again = await served.ask({ path: '/main.js', headers: { 'If-None-Match': headers.etag! } });
  t.deepEqual([again.status, again.body], [304, '']);
});

test('only a page that has its stream open can change something', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  const { stream } = await (await served.events(t)).next('hello');
  const post = async (body: object, headers?: Record<string, string>) =>
    (await served.post('/look', body, headers)).status;
  t.is(await post({ stream, look: LOOK }), 200);
  t.is(await post({ stream: 'another', look: LOOK }), 403);
  t.is(await post({ look: LOOK }), 403);
  t.is(await post({ stream, look: LOOK }, { Origin: 'http://evil.example' }), 403);
  t.is(await post({ stream, look: LOOK }, { Origin: 'null' }), 403);
  t.is(await post({ stream, look: LOOK }, { 'Sec-Fetch-Site': 'cross-site' }), 403);
  t.is(await post({ stream, look: LOOK }, { Authorization: 'Bearer nonsense' }), 401);
  t.is(await post({ stream, look: LOOK }, { 'Content-Type': 'text/plain' }), 415);
  t.is(await post({ stream, filler: 'x'.repeat(20_000) }), 413);
  const withoutOrigin = { Authorization: `Bearer ${served.token}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ stream, slave: 'copy' });
  t.is((await served.ask({ method: 'POST', path: '/retry', headers: withoutOrigin, body })).status, 403);
});

const NONSENSE: Record<string, object> = {
  nothing: {},
  'another range': { ...LOOK, range: 'year' },
  'a path that leads up': { ...LOOK, dirty: { slave: null, path: '../etc' } },
  'a path from the top': { ...LOOK, dirty: { slave: null, path: '/etc' } },
  'a path with a NUL': { ...LOOK, dirty: { slave: null, path: 'a\0b' } },
  'a path that is no bytes': { ...LOOK, dirty: { slave: null, path: '\u0100' } },
  'a filter that is no text': { ...LOOK, journal: { text: 1, operations: [] } },
  'a filter that is a book': { ...LOOK, journal: { text: 'x'.repeat(2000), operations: [] } },
  'an operation that there is not': { ...LOOK, journal: { text: '', operations: ['toString'] } },
};

for (const [title, look] of Object.entries(NONSENSE)) {
  test(`nothing to look at: ${title}`, async (t) => {
    const served = await Served.start(t, makeVolume(t).source);
    const { stream } = await (await served.events(t)).next('hello');
    t.is((await served.post('/look', { stream, look })).status, 400);
  });
}

test('a stream tells the volume, a change, and what a pass did', async (t) => {
  const volume = await TestVolume.mounted(t);
  const served = await Served.start(t, volume.source);
  const events = await served.events(t);
  t.is((await events.next('hello')).source, volume.source);
  const first = await events.next('now');
  t.like(first.volume, { mountpoint: volume.mountpoint, state: 'active', engine: 'markerfs' });
  t.like(first.slaves[0], { name: 'copy', state: 'initializing', lagSeconds: null, syncPointMs: null, lastPass: null });
  await volume.ship();
  await events.next('now', ({ slaves }) => slaves[0]!.state === 'active');
  const others = await served.events(t);
  mkdirSync(join(volume.mountpoint, 'made'));
  t.true((await others.next('now', ({ operations }) => operations > 0)).operations < 100);
  const { records } = await events.next('records', (told) => told.records.some(({ path }) => path === 'made'));
  t.like(records.at(-1), { operation: 'mkdir', path: 'made', path2: null });
  t.true((await events.next('now', ({ slaves }) => slaves[0]!.pending === 1)).slaves[0]!.lagSeconds! > 0);
  const { tree } = await events.next('dirty', (told) => told.tree !== null);
  t.like(tree, { objects: 1, cut: false });
  t.is(tree?.children[0]?.name, 'made');
  await volume.ship();
  const after = await events.next('now', ({ slaves }) => slaves[0]!.pending === 0);
  // The directory, and the root's time.
  t.like(after.slaves[0]?.lastPass, { crawl: 'journal', shipped: 2, failed: 0 });
  t.is((await events.next('dirty', (told) => told.tree === null)).reason, null);
});

test('a retry makes a pass for this slave, and tells how it went', async (t) => {
  const volume = await TestVolume.mounted(t);
  const served = await Served.start(t, volume.source);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  const events = await served.events(t);
  const { stream } = await events.next('hello');
  t.is((await served.post('/retry', { stream, slave: 'none' })).status, 404);
  t.is((await served.post('/retry', { stream })).status, 400);
  t.is((await served.post('/retry', { stream, slave: 'copy' })).status, 200);
  t.like(await events.next('retry'), { slave: 'copy', running: true });
  const again = await served.post('/retry', { stream, slave: 'copy' });
  t.is(again.status, 409, again.body);
  const { ok, text } = await events.next('retry', ({ running }) => !running);
  t.true(ok, text);
  t.regex(text, /^\d+ objects? shipped, /);
  await volume.markerfs('slave', 'pause', volume.source, 'copy');
  t.regex((await served.post('/retry', { stream, slave: 'copy' })).body, /slave \\"copy\\" is paused; resume it first/);
});

test('a retry deletes no more than it may', async (t) => {
  const volume = await TestVolume.mounted(t);
  for (const name of ['one', 'two', 'three']) writeFileSync(join(volume.mountpoint, name), '');
  await volume.ship();
  const served = await Served.start(t, volume.source, '--max-delete', '2');
  for (const name of ['one', 'two', 'three']) await run(['rm', join(volume.mountpoint, name)]);
  const events = await served.events(t);
  const { stream } = await events.next('hello');
  await served.post('/retry', { stream, slave: 'copy' });
  const { ok, text } = await events.next('retry', ({ running }) => !running);
  t.false(ok);
  t.regex(text, /delete/);
});

test('what goes wrong with the volume is told, and when it is right again', async (t) => {
  const volume = await TestVolume.mounted(t);
  const served = await Served.start(t, volume.source);
  const events = await served.events(t);
  await events.next('now');
  const identity = join(volume.source, '.markerfs/volume.json');
  await run(['mv', identity, `${identity}.away`]);
  t.regex((await events.next('trouble', ({ reason }) => reason !== null)).reason!, /^Cannot open volume/);
  await run(['mv', `${identity}.away`, identity]);
  t.is((await events.next('trouble', ({ reason }) => reason === null)).reason, null);
});

test('a daemon that does not answer is told of, and keeps nothing from going on when it does', async (t) => {
  const volume = await TestVolume.mounted(t);
  const served = await Served.start(t, volume.source);
  const events = await served.events(t);
  await events.next('now');
  const pid = volume.daemonPid();
  process.kill(pid, 'SIGSTOP');
  try {
    const { volume: told } = await events.next('now', (now) => now.volume.state === 'faulty');
    t.regex(told.reason!, /^the daemon does not answer/);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  t.is((await events.next('now', (now) => now.volume.state === 'active')).volume.pid, pid);
});

test('SIGTERM ends it, whoever looks on', async (t) => {
  const served = await Served.start(t, makeVolume(t).source);
  await (await served.events(t)).next('now');
  t.is(await served.talker.end('SIGTERM'), 0);
});

function dashboard(source: string, ...args: string[]) {
  return run([process.execPath, MARKERFS, 'dashboard', source, ...args]);
}

test('other addresses than loopback take a token file, which is not printed', async (t) => {
  const { source } = makeVolume(t);
  const { status, stderr, stdout } = await dashboard(source, '--listen', '0.0.0.0:0');
  t.deepEqual([status, stdout], [2, '']);
  t.regex(stderr, /^markerfs: Cannot listen on "0\.0\.0\.0:0": .*takes --token-file FILE; make one with: /);
  const file = join(source, 'token');
  writeFileSync(file, 'a-long-enough-token', { mode: 0o600 });
  const served = await Served.start(t, source, '--token-file', file);
  t.is(new URL(served.url).hash, '');
  t.is((await served.ask({ path: '/events' })).status, 401);
  await (await served.events(t, 'a-long-enough-token')).next('hello');
});

test('an address that is taken, or none, fails in words', async (t) => {
  const { source } = makeVolume(t);
  const served = await Served.start(t, source);
  const taken = await dashboard(source, '--listen', `127.0.0.1:${served.port}`);
  t.is(taken.status, 1);
  t.is(
    taken.stderr,
    `markerfs: Cannot listen on "127.0.0.1:${served.port}": the port is in use; choose another with --listen ADDRESS:PORT`,
  );
  const none = await dashboard(source, '--listen', 'nonsense');
  t.is(none.status, 2);
  t.regex(none.stderr, /^markerfs: Cannot listen on "nonsense": wanted ADDRESS:PORT/);
});
