import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { must, script } from '../support/run.js';
import { differences } from '../support/trees.js';
import { testAsRoot } from '../support/users.js';
import { TestVolume } from '../support/volume.js';

/** A tree with everything that a copy may lose. */
const MAKE_TREE = `
mkdir "$1" && cd "$1"
mkdir -p deep/$(printf 'x%.0s' {1..200})/$(printf 'y%.0s' {1..200}) empty setgid
chmod 2775 setgid && chgrp 4242 setgid
for ((n = 0; n < 300; n++)); do echo "$n" >"deep/file $n"; done
head -c 3000000 /dev/urandom >large
ln large deep/another-name && ln "deep/file 7" setgid/seven
truncate -s 100M sparse && printf end | dd of=sparse bs=1 seek=70000000 conv=notrunc status=none
ln -s ../large deep/link && ln -s nowhere dangling && ln -s "$(printf 'z%.0s' {1..200})" long-link
mkfifo fifo && mknod null c 1 3 && mknod disk b 7 99
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
printf 1 >$'new\\nline' && printf 2 >$'\\xff\\xfe not utf-8' && printf 3 >' blank ' && printf 4 >'*?[\\' && printf 5 >'-rf' && printf 6 >"#hash" && printf 7 >"$(printf 'é%.0s' {1..127})"
setfacl -m u:4301:rw,g:4302:r large && setfacl -d -m u:4301:rwx empty && setfacl -m u:4303:x empty
setfattr -n user.note -v "$(printf 'v%.0s' {1..500})" large && setfattr -n user.empty deep && setfattr -n trusted.secret -v t "deep/file 1" && setfattr -h -n trusted.link -v l dangling
cp "$(command -v true)" program && chmod 4755 program && setcap cap_net_bind_service=ep large
chown 4301:4302 "deep/file 3" && chown -h 4301:4302 dangling && chmod 0 "deep/file 4" && chmod 1777 deep
find . -depth -exec touch -h -d '1999-12-31 23:59:59.123456789' {} +
touch -h -d '1960-01-01 00:00:00.5' dangling "deep/file 5" && touch -d '2100-01-01 00:00:00.000000001' "deep/file 6"`;

/** Lists a tree by stat, sha1sum, getfattr and getfacl; neither tar nor rsync nor markerfs have a part in it. */
const LIST_TREE = `
cd "$1"
find . ! -type d -exec stat -c '%N %F %a %u:%g %h %s %t:%T %.9Y' {} + | sort
find . -type d -exec stat -c '%N %F %a %u:%g %h %.9Y' {} + | sort
find . -type f -exec sha1sum {} + | sort
find . -type f -links +1 -printf '%i %p\\n' | sort | awk '{ names[$1] = names[$1] " " substr($0, index($0, " ") + 1) } END { for (inode in names) print names[inode] }' | sort
getfattr -R -P -h -d -m '^(user|trusted|security)[.]' . | sed '/^# file:/b; /markerfs/d' | awk -v RS= '/\\n/' | sort
getfacl -R -P -n . | sort
stat -c '%b' sparse | awk '{ print ($1 * 512 < 10000000) ? "sparse" : "full" }'`;

const list = (tree: string) => script(LIST_TREE, [tree], { env: { LC_ALL: 'C' } });

const TAR = `
create=(tar --create --sparse --acls --xattrs '--xattrs-include=*' --numeric-owner --format=pax -C "$1" .)
extract=(tar --extract --acls --xattrs '--xattrs-include=*' --numeric-owner --same-permissions --same-owner --delay-directory-restore -C "$2")
mkdir -p "$2"
"\${create[@]}" | "\${extract[@]}"`;

const RSYNC = 'rsync -aHAXS --devices --specials --numeric-ids "$1/" "$2/"';

/** The lines that only one of them has. */
function difference(expected: string, seen: string): string[] {
  const [wanted, found] = [expected, seen].map((text) => new Set(text.split('\n'))) as [Set<string>, Set<string>];
  const missing = [...wanted].filter((line) => !found.has(line)).map((line) => `- ${line}`);
  return [...missing, ...[...found].filter((line) => !wanted.has(line)).map((line) => `+ ${line}`)];
}

/** In, and out again, as between plain directories: what a copy loses there it may lose here. Then the slave. */
async function copies(t: ExecutionContext, copy: string, original: string, volume: TestVolume): Promise<void> {
  const [onMount, out] = [join(volume.mountpoint, 'copy'), join(volume.work, 'out')];
  const plain = join(volume.work, 'plain');
  for (const folder of [onMount, out, plain]) mkdirSync(folder);
  await script(copy, [original, plain]);
  const expected = await list(plain);
  t.true(expected.split('\n').length > 1000);
  await script(copy, [original, onMount]);
  t.deepEqual(difference(expected, await list(onMount)), [], 'in');
  await script(copy, [onMount, out]);
  t.deepEqual(difference(expected, await list(out)), [], 'out');
  await must(['rm', '-rf', out]);
  await volume.ship();
  t.deepEqual(difference(expected, await list(join(volume.slave, 'copy'))), [], 'shipped');
  t.is(await differences(volume.source, volume.slave), '');
}

for (const [name, copy] of [
  ['tar', TAR],
  ['rsync -aHAXS', RSYNC],
] as const) {
  testAsRoot(`${name} in and out, and a pass, leave identical trees`, async (t) => {
    const volume = await TestVolume.mounted(t);
    const original = join(volume.work, 'original');
    await script(MAKE_TREE, [original]);
    await copies(t, copy, original, volume);
  });
}
