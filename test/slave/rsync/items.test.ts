import test from 'ava';
import { itemsIn } from '../../../src/slave/rsync/items.js';

const ITEMS = {
  '*deleting   gone/': { path: 'gone', aspects: ['extra'] },
  '>f+++++++++ new': { path: 'new', aspects: ['missing'] },
  'cd+++++++++ new/': { path: 'new', aspects: ['missing'] },
  '>fc........ a': { path: 'a', aspects: ['content'] },
  '>fcst...... a': { path: 'a', aspects: ['content', 'mtime'] },
  '.f...pog.ax a b': { path: 'a b', aspects: ['mode', 'owner', 'group', 'acl', 'xattrs'] },
  '.d..t...... ./': { path: '', aspects: ['mtime'] },
  'hf          other': { path: 'other', aspects: ['link'] },
  'cLc........ link': { path: 'link', aspects: ['content'] },
  '>fc........ line\\#012break': { path: 'line\nbreak', aspects: ['content'] },
  '>fc........ back\\#134#012slash': { path: 'back\\#012slash', aspects: ['content'] },
  '>fc........ caf\u00e9': { path: 'caf\u00e9', aspects: ['content'] },
};

for (const [line, difference] of Object.entries(ITEMS))
  test(`rsync's words: ${line}`, (t) => {
    const said = `sending incremental file list\n:${line}\nNumber of files: 1\n`;
    const isDirectory = line.endsWith('/');
    t.deepEqual(itemsIn(said), [{ ...difference, isDirectory }] as ReturnType<typeof itemsIn>);
  });
