import { join } from 'node:path';
import test from 'ava';
import { must, script } from '../support/run.js';
import { PROJECT, TestVolume } from '../support/volume.js';

const UNMARKED = join(PROJECT, 'dist/scripts/bench/unmarked.js');

/** Works in a mount and prints what came of it. */
const work = `cd "$1"
mkdir -p "$2/sub"
echo data > "$2/sub/file"
echo more >> "$2/sub/file"
mv "$2" "$2.moved"
ln "$2.moved/sub/file" "$2.link"
chmod 600 "$2.link"
rm "$2.moved/sub/file"
stat -c '%a %h' "$2.link"
cat "$2.link"`;

/** Marks below the root; on the root itself there is one from the beginning. */
const countMarks = `cd "$1"
find . -mindepth 1 -name .markerfs -prune -o -print0 | xargs -0 getfattr -h -d -m markerfs | grep -c = || true`;

test("the benchmark's other mount works as markerfs does, less marks and records", async (t) => {
  const volume = await TestVolume.create(t);
  const changes = async (name: string) => ({
    result: await script(work, [volume.mountpoint, name]),
    ended: await volume.umount(),
    marks: Number(await script(countMarks, [volume.source])),
    records: (await volume.markerfs('journal', volume.source, '--json')).split('\n').filter(Boolean).length,
  });
  await must([process.execPath, UNMARKED, volume.source, volume.mountpoint]);
  const unmarked = await changes('first');
  await volume.mount();
  const marked = await changes('second');
  t.is(unmarked.result, '600 1\ndata\nmore');
  t.is(marked.result, unmarked.result);
  t.deepEqual([unmarked.marks, unmarked.records], [0, 0]);
  t.true(marked.marks > 0 && marked.records > 0, JSON.stringify(marked));
});
