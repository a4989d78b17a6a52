import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../support/run.js';
import { World } from './world.js';

const PROGRAM = fileURLToPath(new URL('ships-slowly.js', import.meta.url));
const FOLDERS = 20;
const FILES = 1000;

/** A tree that takes five lists for rsync; what is in it is older than the volume. */
function fill(source: string): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    fs.mkdirSync(path.join(source, `d${folder + 10}`));
    for (let file = 0; file < FILES; file++)
      fs.writeFileSync(path.join(source, `d${folder + 10}`, `f${file}`), `${file}`);
  }
  // Two names, far from each other, of one object.
  fs.linkSync(path.join(source, 'd10/f0'), path.join(source, 'd29/z'));
}

/** rsync that keeps the lists that it is given, by how it is to go through them; `$run` counts them. */
function listing(folder: string, script: string): string {
  const file = path.join(folder, 'listing-rsync');
  const text = `#!/bin/bash
cd ${folder}
exec 9>>lock && flock 9 && run=$(($(cat run || echo 0) + 1)) && echo $run >run && exec 9>&-
[[ " $* " == *" -c "* ]] && how=compared || how=written
${script}
[[ " $* " == *--files-from=-* ]] || exec rsync "$@"
tee "$how.$run" | rsync "$@"
`;
  fs.writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** How many paths were in lists of a kind. */
function listed(folder: string, how: 'compared' | 'written'): number {
  const lists = fs.readdirSync(folder).filter((name) => name.startsWith(`${how}.`));
  return lists.reduce(
    (sum, name) => sum + fs.readFileSync(path.join(folder, name), 'latin1').split('\0').length - 1,
    0,
  );
}

/** What is changed before the copy goes on. */
function change(world: World): void {
  world.write('d10/f1', 'written since');
  world.unlink('d11/f2');
  world.rename('d12', 'd28/moved');
  world.rename('d29/f3', 'd10/moved');
  world.mkdir('d13/new');
  world.write('d13/new/f', 'new');
  world.write('d29/f4', 'written since');
}

/** The pass is killed by its fifth rsync. */
const KILLED = 'if ((run == 5)); then kill -9 $PPID; sleep 1; exit 1; fi';

test('a first copy that is killed goes on, compares little, and is exact though the source changed', async (t) => {
  const world = await World.create(t, { fill });
  const work = path.dirname(world.slave);
  const lists = [path.join(work, 'lists'), path.join(work, 'more-lists')] as const;
  for (const folder of lists) fs.mkdirSync(folder);
  const cut = await run([process.execPath, PROGRAM, world.volume.source, listing(lists[0], KILLED)]);
  t.is(cut.status, undefined, cut.stderr);
  t.true(listed(lists[0], 'written') >= 3 * 4000);

  change(world);

  const result = JSON.parse(
    (await run([process.execPath, PROGRAM, world.volume.source, listing(lists[1], ':')])).stdout,
  );
  t.like(result, { crawl: 'initial', failed: 0 });
  t.is(await world.differences(), '');
  // What was under way and what came after the last note, not what was copied before.
  t.true(listed(lists[1], 'compared') < 13_000, `${listed(lists[1], 'compared')} compared`);
  t.true(listed(lists[1], 'written') < 12_000, `${listed(lists[1], 'written')} written`);
  t.is(world.state.firstCopies.of('copy'), undefined);
  t.like(await world.pass(), { crawl: 'journal', shipped: 0 });
});

test('so does one that copies by itself', async (t) => {
  const world = await World.create(t, { fill });
  const cut = await run([process.execPath, PROGRAM, world.volume.source, '', `${world.slave}/d25/f${FILES - 1}`]);
  t.is(cut.status, undefined, cut.stderr);
  t.is(fs.existsSync(world.inSlave('d29/z')), false);
  t.not(world.state.firstCopies.of('copy'), undefined);
  change(world);
  const result = JSON.parse((await run([process.execPath, PROGRAM, world.volume.source])).stdout);
  t.like(result, { crawl: 'initial', failed: 0 });
  t.is(await world.differences(), '');
  t.true(result.considered < 16_000, `${result.considered} considered`);
  t.like(await world.pass(), { crawl: 'journal', shipped: 0 });
});
