import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { isMounted } from '../support/mounts.js';
import { must, run } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';
import { waitUntil } from '../support/wait.js';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function linesOf(log: string): Line[] {
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

test("each line of the daemon's log is an object of JSON", async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.umount();
  const lines = linesOf(volume.log());
  t.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ['info', 'serving'],
      ['info', 'ended'],
    ],
  );
  const [serving, ended] = lines as [Line, Line];
  t.like(serving, { source: volume.source, mountpoint: volume.mountpoint, engine: 'markerfs' });
  t.is(ended.exitStatus, 0);
  for (const { time } of lines) t.is(new Date(time).toISOString(), time);
});

test('--debug-fuse logs each request and its answer, with names and never with contents', async (t) => {
  const volume = await TestVolume.create(t);
  const serving = run([process.execPath, MARKERFS, '--debug-fuse', volume.source, volume.mountpoint]);
  await waitUntil('it is mounted', () => (isMounted(volume.mountpoint) ? undefined : 'it is not'));
  const file = join(volume.mountpoint, 'two\nlines');
  writeFileSync(file, 'the secret content');
  await must(['setfattr', '-n', 'user.note', '-v', 'the secret value', file]);
  await must(['mv', file, join(volume.mountpoint, 'renamed')]);
  await must(['mkdir', '-p', join(volume.mountpoint, 'full/folder')]);
  t.not((await run(['rmdir', join(volume.mountpoint, 'full')])).status, 0);
  await volume.umount();

  const { status, stderr } = await serving;
  t.is(status, 0, stderr);
  t.notRegex(stderr, /secret/);
  const lines = linesOf(stderr).filter(({ level }) => level === 'debug');
  const requests = lines.filter(({ msg }) => msg === 'request');
  t.like(
    requests.find(({ operation }) => operation === 'CREATE'),
    { names: ['two\\nlines'], uid: process.getuid?.(), gid: process.getgid?.() },
  );
  t.like(
    requests.find(({ operation }) => operation === 'SETXATTR'),
    { names: ['user.note'] },
  );
  t.like(
    requests.find(({ operation }) => `${operation}`.startsWith('RENAME')),
    { names: ['two\\nlines', 'renamed'] },
  );
  const answerTo = (request: Line | undefined) =>
    lines.find(({ msg, unique }) => msg === 'answer' && unique === request?.unique);
  t.is(answerTo(requests.find(({ operation }) => operation === 'RMDIR'))?.error, 'ENOTEMPTY');
  for (const request of requests) {
    const answer = answerTo(request);
    t.is(answer?.operation, request.operation);
    t.true(Number(answer?.us) >= 0);
  }
});

test('--debug-fuse is refused where the engine keeps requests to itself', async (t) => {
  const volume = await TestVolume.create(t);
  const refused = await run([
    process.execPath,
    MARKERFS,
    '--debug-fuse',
    '--engine',
    'fuse-native',
    volume.source,
    volume.mountpoint,
  ]);
  t.deepEqual(
    [refused.status, refused.stderr],
    [2, 'markerfs: Cannot log requests of the engine fuse-native: its library keeps them to itself'],
  );
});
