import test from 'ava';
import { attributesChanged } from '../../src/fuse/notify.js';
import { hex } from './bytes.js';

test('the message that makes the kernel forget a node’s attributes', (t) => {
  const bytes = hex(`
    28000000 02000000 0000000000000000  // len, code, unique
    0500000000000000                    // ino
    ffffffffffffffff 0000000000000000   // off, len`);
  t.is(attributesChanged(5).toString('hex'), bytes.toString('hex'));
});
