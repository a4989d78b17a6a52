import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import test from 'ava';
import { Talker } from '../support/lines.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

/** The samples by their name and labels other than the volume, as `slave_failures{slave="copy"}`. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n').filter((one) => !one.startsWith('#') && one !== '')) {
    const [, name, labels = '', value] = /^markerfs_(\w+)\{volume="[^"]+",?([^}]*)\} (\S+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`No sample: ${line}`);
    found.set(labels === '' ? name : `${name}{${labels}}`, Number(value));
  }
  return found;
}

async function fromSocket(socketPath: string): Promise<string> {
  const [response] = (await once(get({ socketPath, path: '/metrics' }), 'response')) as [IncomingMessage];
  return textOf(response);
}

test('metrics agree with what was done, and with status', async (t) => {
  const volume = await TestVolume.mounted(t);
  const at = (path: string) => join(volume.mountpoint, path);
  for (let n = 0; n < 7; n++) mkdirSync(at(`directory-${n}`));
  for (let n = 0; n < 5; n++) writeFileSync(at(`directory-0/${n}`), 'x'.repeat(1000));
  for (let n = 1; n < 4; n++) renameSync(at(`directory-${n}`), at(`renamed-${n}`));
  for (let n = 0; n < 2; n++) rmSync(at(`directory-0/${n}`));
  for (let n = 0; n < 2; n++) t.throws(() => rmdirSync(at('directory-0')), { code: 'ENOTEMPTY' });
  await volume.ship();
  mkdirSync(at('later'));
  const text = await volume.markerfs('metrics', volume.source);
  const found = samples(text);
  const operations = (name: string) => found.get(`operation_duration_seconds_count{operation="${name}"}`) ?? 0;

  t.is(operations('MKDIR'), 8);
  t.is(operations('CREATE'), 5);
  t.is(operations('RENAME') + operations('RENAME2'), 3);
  t.is(operations('UNLINK'), 2);
  t.is(operations('RMDIR'), 2);
  t.is(found.get('operation_errors_total{operation="RMDIR"}'), 2);
  t.is(found.get('operation_errors_total{operation="MKDIR"}'), 0);
  const buckets = [...found].filter(([name]) => name.startsWith('operation_duration_seconds_bucket{operation="MKDIR"'));
  t.true(buckets.every(([, value], index) => index === 0 || value >= buckets[index - 1]![1]));
  t.deepEqual(buckets.at(-1), ['operation_duration_seconds_bucket{operation="MKDIR",le="+Inf"}', 8]);
  t.true(found.get('operation_duration_seconds_sum{operation="MKDIR"}')! > 0);
  t.true(found.get('marks_written_total')! > 0);

  const { volume: mount, slaves } = JSON.parse(await volume.markerfs('status', volume.source, '--json'));
  const records = (await volume.markerfs('journal', volume.source)).split('\n').length;
  t.is(found.get('journal_records_total'), records);
  t.is(mount.journal.head, records);
  const counted = [...found].filter(([name]) => name.startsWith('operation_duration_seconds_count{'));
  t.true(mount.operations >= counted.reduce((sum, [, count]) => sum + count, 0));
  t.true(mount.operations >= 8 + 5 + 3 + 2 + 2);
  const slave = (name: string) => found.get(`slave_${name}{slave="copy"}`);
  t.is(slave('pending_changes'), 1);
  t.is(slave('pending_changes'), slaves[0].pending);
  t.is(slave('sync_point_seconds'), slaves[0].syncPoint / 1e6);
  t.true(slave('lag_seconds')! > 0 && slave('lag_seconds')! <= slaves[0].lagSeconds);
  t.is(slave('behind_objects'), slaves[0].behind.objects);
  t.is(slave('shipped_bytes_total'), 3000);
  t.is(slave('passes_total'), 1);
  await volume.ship();
  rmSync(volume.slave, { recursive: true });
  await volume.tryMarkerfs('ship', volume.source);
  const later = samples(await volume.markerfs('metrics', volume.source));
  t.is(later.get('slave_passes_total{slave="copy"}'), 3);
  t.is(later.get('slave_failed_passes_total{slave="copy"}'), 1);
  t.is(later.get('slave_faulty{slave="copy"}'), 1);
});

test('metrics are served at a socket that is for its owner alone, and goes with the program', async (t) => {
  const volume = await TestVolume.mounted(t);
  const path = join(volume.work, 'metrics.sock');
  const listen = ['metrics', volume.source, '--listen', `unix:${path}`];
  const killed = new Talker(t, MARKERFS, ...listen);
  t.is(await killed.line(), `Metrics of "${volume.source}": unix:${path}`);
  const taken = await volume.tryMarkerfs(...listen);
  t.deepEqual(
    [taken.status, taken.stderr],
    [
      1,
      `markerfs: Cannot listen on "unix:${path}": somebody else listens there; choose another path, or end that program`,
    ],
  );
  await killed.kill();
  const server = new Talker(t, MARKERFS, ...listen);
  await server.line();
  t.is(statSync(path).mode & 0o777, 0o600);
  const found = samples(await fromSocket(path));
  t.is(found.get('mounted'), 1);
  t.is(await server.end('SIGTERM'), 0);
  t.false(existsSync(path));
  writeFileSync(path, 'mine');
  t.regex((await volume.tryMarkerfs(...listen)).stderr, /there is something that is no socket; choose another path$/);
  t.is(readFileSync(path, 'utf8'), 'mine');
});

test('metrics are served until the program is told to end; unmounted, what the daemon counts is missing', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.umount();
  const server = new Talker(t, MARKERFS, 'metrics', volume.source, '--listen', '127.0.0.1:0');
  const [, url = ''] = /^Metrics of ".*": (http:\S+\/metrics)$/.exec(await server.line()) ?? [];
  const answer = await fetch(url);
  t.is(answer.status, 200);
  t.is(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const found = samples(await answer.text());
  t.is(found.get('mounted'), 0);
  t.false(found.has('marks_written_total'));
  t.is((await fetch(new URL('/', url))).status, 404);
  t.is((await fetch(url, { method: 'POST' })).status, 405);
  t.is(await server.end('SIGTERM'), 0);
});
