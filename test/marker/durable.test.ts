import { closeSync, openSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { getAttributeSync } from 'fs-xattr';
import { DurableMarks } from '../../src/marker/durable.js';
import { EBADF, O_DIRECTORY, O_PATH, O_RDONLY } from '../../src/syscalls/index.js';
import { makeWork } from '../support/work.js';

const NAME = 'user.kept';

function setUp(t: ExecutionContext, flags = O_RDONLY) {
  const root = makeWork(t);
  const fd = openSync(root, flags | O_DIRECTORY);
  t.teardown(() => closeSync(fd));
  const memory = new SharedArrayBuffer(DurableMarks.bytes);
  const threads = [new DurableMarks(memory, fd, NAME), new DurableMarks(memory, fd, NAME)] as const;
  /** What was written on the root to commit its journal; '' for nothing so far. */
  const token = () => {
    try {
      return getAttributeSync(root, NAME).toString('hex');
    } catch {
      return '';
    }
  };
  return { memory, threads, token };
}

test('the disk is asked when marks were written since it was asked last, whichever thread wrote them', (t) => {
  const { threads, token } = setUp(t);
  const [one, other] = threads;
  t.deepEqual([one.keep(), token()], [0, '']);
  one.written();
  t.is(other.keep(), 0);
  const first = token();
  t.not(first, '');
  t.deepEqual([one.keep(), other.keep(), token()], [0, 0, first]);
  other.written();
  t.is(one.keep(), 0);
  t.not(token(), first);
});

test('counts may wrap around', (t) => {
  const { memory, threads, token } = setUp(t);
  new Int32Array(memory).fill(2 ** 31 - 1);
  threads[0].written();
  threads[1].keep();
  const first = token();
  t.not(first, '');
  threads[1].keep();
  t.is(token(), first);
});

test('a disk that cannot be asked is an error, and asked again', (t) => {
  // Nothing can be flushed through it.
  const { threads } = setUp(t, O_PATH);
  threads[0].written();
  t.deepEqual([threads[0].keep(), threads[0].keep()], [-EBADF, -EBADF]);
});
