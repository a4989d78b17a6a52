import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../support/run.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

test('slave add and slave set change settings, slave set alone shows them, and nonsense changes nothing', async (t) => {
  const volume = await TestVolume.mounted(t);
  const other = join(volume.work, 'other');
  mkdirSync(other);
  const settings = () => volume.markerfs('slave', 'set', volume.source, 'other');
  await volume.markerfs('slave', 'add', volume.source, 'other', other, '--jobs', '3', '--timeout', '90s');
  t.is(await settings(), 'jobs=3\ntimeout=90s');
  await volume.markerfs('slave', 'set', volume.source, 'other', 'timeout=', 'bwlimit=2048', 'compress=yes');
  t.is(await settings(), 'jobs=3\nbwlimit=2M\ncompress=yes');
  const wrong = {
    'jobs=0': /jobs.*wanted a number/,
    jobs: /wanted a setting and its value/,
    'speed=9': /there is no such/,
  };
  for (const [word, message] of Object.entries(wrong)) {
    const { status, stderr } = await run([MARKERFS, 'slave', 'set', volume.source, 'other', 'jobs=5', word]);
    t.is(status, 2, stderr);
    t.regex(stderr, message);
  }
  t.is(await settings(), 'jobs=3\nbwlimit=2M\ncompress=yes');
});
