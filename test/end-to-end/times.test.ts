import { join } from 'node:path';
import test from 'ava';
import { must, script } from '../support/run.js';
import { differences, statTree } from '../support/trees.js';
import { TestVolume } from '../support/volume.js';

const MTIMES = [
  '2001-02-03 04:05:06.123456789 +0000',
  '2026-01-01 00:00:00.000000001 +0000',
  '1970-01-01 00:00:00.000000000 +0000',
  '1969-12-31 23:59:58.250000000 +0000',
  '2106-02-07 06:28:16.999999999 +0000',
];

test('touch -d keeps mtimes to the nanosecond, also before 1970 and beyond 32 bits', async (t) => {
  const volume = await TestVolume.mounted(t);
  for (const [index, mtime] of MTIMES.entries()) {
    const file = join(volume.mountpoint, `file-${index}`);
    await script('echo data > "$1"; touch -d "$2" "$1"; mkdir "$1.d"; touch -d "$2" "$1.d"', [file, mtime]);
    for (const shown of [file, `${file}.d`, join(volume.source, `file-${index}`)])
      t.is(await must(['env', 'TZ=UTC', 'stat', '-c', '%y', shown]), mtime);
  }
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});

test('cp -p and cp -a keep mtimes of files, directories and symlinks', async (t) => {
  const volume = await TestVolume.mounted(t);
  const original = join(volume.work, 'original');
  await script(
    `mkdir -p "$1/tree/sub"
    echo data > "$1/file"
    echo data > "$1/tree/sub/file"
    ln -s nowhere "$1/tree/symlink"
    find "$1" -depth -exec touch -h -d '2011-12-13 14:15:16.171819202' {} +
    cp -p "$1/file" "$2/"
    cp -a "$1/tree" "$2/"
    # The root itself got new entries.
    touch -r "$1" "$2"`,
    [original, volume.mountpoint],
  );
  const mtimes = await statTree(original, '%n %y');
  t.is(await statTree(volume.mountpoint, '%n %y'), mtimes);
  t.is(await statTree(volume.source, '%n %y'), mtimes);
  await volume.ship();
  t.is(await statTree(volume.slave, '%n %y'), mtimes);
});

/**
 * rsync leaves a time alone that differs only within its second, unless told otherwise. The slave's object is new, so its time is about now:
 * one of these is within the same second.
 */
test('symlinks, pipes and directories whose mtime is about now keep it to the nanosecond', async (t) => {
  const volume = await TestVolume.mounted(t);
  await volume.ship();
  await script(
    `cd "$1"
    now=$(date +%s)
    for later in {0..20}; do
      ln -s nowhere "symlink-$later"
      mkfifo "pipe-$later"
      mkdir "directory-$later"
      echo data > "file-$later"
      touch -h -d "@$((now + later)).987654321" *-"$later"
    done`,
    [volume.mountpoint],
  );
  await volume.ship();
  t.is(await differences(volume.source, volume.slave), '');
});
