import test from 'ava';
import { Hidden } from '../../src/filesystem/hidden.js';
import { rootNode } from '../../src/filesystem/nodes/table.js';

test('the state folder is hidden in the root, under its whole name', (t) => {
  const hidden = new Hidden();
  const rows: [parent: number, name: string, hidden: boolean][] = [
    [rootNode, '.markerfs', true],
    [2, '.markerfs', false],
    [rootNode, '.markerf', false],
    [rootNode, '.markerfs2', false],
    [rootNode, '', false],
  ];
  for (const [parent, name, expected] of rows)
    t.is(hidden.isEntry(parent, Buffer.from(name)), expected, `${parent} ${name}`);
});

test('marks of every volume and namespace are hidden, and no other xattr', (t) => {
  const hidden = new Hidden();
  const rows: [name: string, hidden: boolean][] = [
    ['trusted.markerfs.01234567-89ab-cdef-0123-456789abcdef.xtime\0', true],
    ['user.markerfs.x.subtree\0', true],
    ['user.markerfs\0', false],
    ['user.markerfs2.x\0', false],
    ['user.note\0', false],
    ['security.markerfs.x\0', false],
  ];
  for (const [name, expected] of rows) t.is(hidden.isXattr(Buffer.from(name)), expected, name);
});
