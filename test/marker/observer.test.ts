import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { getAttributeSync } from 'fs-xattr';
import { Operation } from '../../src/journal/record.js';
import { EIO, ENOENT, EPERM, O_NOFOLLOW, O_PATH } from '../../src/syscalls/index.js';
import { takeAll } from '../journal/records.js';
import { makeWork } from '../support/work.js';
import { makeMarker, names } from './nodes.js';

const [root, a, b, file, other, c] = [1, 2, 3, 4, 5, 6];

function opened(t: ExecutionContext, path: string, flags = 0): number {
  const fd = openSync(path, flags);
  t.teardown(() => closeSync(fd));
  return fd;
}

test('what is changed is marked before, from the root down', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  const marks: unknown[] = [];
  const result = observer.change([file], () => {
    nodes.log.push('apply');
    marks.push(...[root, a, b, file].map((id) => nodes.mark(id)));
    return 7;
  });
  t.is(result, 7);
  t.deepEqual(nodes.log, ['stamp 1', 'note 1', 'stamp 2', 'note 2', 'stamp 3', 'note 3', 'stamp 4', 'note 4', 'apply']);
  t.true(marks.every((mark) => typeof mark === 'number'));
  t.is(nodes.mark(c), undefined);
});

test('an object is noted as marked only once it is', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  nodes.broken.add(b);
  t.is(
    observer.change([file], () => 0),
    -EIO,
  );
  t.deepEqual(nodes.log, ['stamp 1', 'note 1', 'stamp 2', 'note 2', 'stamp 3']);
  nodes.broken.clear();
  nodes.log.length = 0;
  observer.change([file], () => 0);
  t.deepEqual(nodes.log, ['stamp 3', 'note 3', 'stamp 4', 'note 4']);
});

test('what cannot be marked is not changed, and not recorded', (t) => {
  const { observer, nodes, queue, epochs, mainEpochs } = makeMarker(makeWork(t));
  for (const broken of [root, a, b, file]) {
    nodes.broken.add(broken);
    let applied = false;
    const result = observer.changeObject(file, Operation.data, () => {
      applied = true;
      return 0;
    });
    t.deepEqual([result, applied], [-EIO, false], String(broken));
    nodes.broken.clear();
  }
  t.deepEqual(takeAll(queue), []);
  // Nothing holds the next barrier up.
  t.is(mainEpochs.advance(), epochs.current);
  return t.notThrowsAsync(async () => t.true(await mainEpochs.settled(epochs.current, 0)));
});

test('an object is marked once in an epoch, and so are its ancestors', (t) => {
  const { observer, nodes, epochs } = makeMarker(makeWork(t));
  observer.change([file], () => 0);
  const mark = nodes.mark(file);
  nodes.log.length = 0;
  observer.change([file], () => 0);
  observer.change([b, a], () => 0);
  t.deepEqual(nodes.log, []);
  observer.change([c], () => 0);
  t.deepEqual(nodes.log, ['stamp 6', 'note 6']);
  epochs.advance();
  nodes.log.length = 0;
  observer.change([b], () => 0);
  t.deepEqual(nodes.log, ['stamp 1', 'note 1', 'stamp 2', 'note 2', 'stamp 3', 'note 3']);
  t.is(nodes.mark(file), mark);
});

test('a change over which the epoch moves on is marked again before it counts as complete', (t) => {
  const { observer, nodes, epochs, mainEpochs, clock } = makeMarker(makeWork(t));
  let barrier = 0;
  observer.change([file, c], (epoch) => {
    t.is(epoch, 1);
    barrier = clock.barrier();
    mainEpochs.advance();
    nodes.log.push('applied');
    return 0;
  });
  t.deepEqual(nodes.log.slice(nodes.log.indexOf('applied') + 1), [
    'stamp 1',
    'note 1',
    'stamp 2',
    'note 2',
    'stamp 3',
    'note 3',
    'stamp 4',
    'note 4',
    'stamp 6',
    'note 6',
  ]);
  for (const id of [root, a, b, file, c]) t.true((nodes.mark(id) ?? 0) > barrier, String(id));
  t.is(nodes.stampedIn(file), epochs.current);
});

test('the barrier waits for a change until it has been marked again', async (t) => {
  const { observer, nodes, mainEpochs } = makeMarker(makeWork(t));
  let early: boolean | undefined;
  let epoch = 0;
  const done = new Promise<void>((resolve) => {
    observer.change([file], () => {
      epoch = mainEpochs.advance();
      void mainEpochs.settled(epoch, 0).then((settled) => {
        early = settled;
        resolve();
      });
      return 0;
    });
  });
  await done;
  t.false(early, 'inside the change');
  t.is(nodes.stampedIn(file), epoch);
  t.true(await mainEpochs.settled(epoch, 0));
});

test('what fails on the source is passed on, marked but not recorded', (t) => {
  const { observer, nodes, queue } = makeMarker(makeWork(t));
  t.is(
    observer.changeObject(file, Operation.data, () => -ENOENT),
    -ENOENT,
  );
  t.not(nodes.mark(file), undefined);
  t.deepEqual(takeAll(queue), []);
});

test('an apply that throws leaves no change open', async (t) => {
  const { observer, mainEpochs } = makeMarker(makeWork(t));
  t.throws(
    () =>
      observer.change([file], () => {
        throw new Error('a bug');
      }),
    { message: 'a bug' },
  );
  t.true(await mainEpochs.settled(mainEpochs.advance(), 0));
});

test('content is recorded once in a span, after the change and with its path', (t) => {
  const { observer, queue, epochs, clock } = makeMarker(makeWork(t));
  const before = clock.now();
  observer.changeObject(file, Operation.data, () => {
    t.deepEqual(takeAll(queue), []);
    return 0;
  });
  observer.changeObject(file, Operation.data, () => 0);
  observer.changeObject(file, Operation.meta, () => 0);
  const [record, ...rest] = takeAll(queue);
  t.deepEqual(rest, []);
  t.deepEqual(
    [record?.operation, record?.path.toString(), record?.inoLo, record?.dev, record?.epoch],
    [Operation.data, 'a/b/file', file, 7, 1],
  );
  t.true((record?.timeUs ?? 0) >= before);
  // A new epoch is no new span.
  epochs.advance();
  observer.changeObject(file, Operation.data, () => 0);
  t.deepEqual(takeAll(queue), []);
  epochs.advanceRecordSpan();
  observer.changeObject(file, Operation.meta, () => 0);
  observer.touch(file);
  t.deepEqual(
    takeAll(queue).map(({ operation, epoch }) => [operation, epoch]),
    [[Operation.meta, 2]],
  );
});

test('what carries no mark itself is spoken for by its directory', (t) => {
  const { observer, nodes, queue } = makeMarker(makeWork(t));
  t.is(observer.touch(other), 0);
  t.deepEqual(nodes.log, ['stamp 1', 'note 1', 'stamp 2', 'note 2', 'stamp 3', 'note 3', 'note 5']);
  t.is(takeAll(queue).length, 1);
});

test('what was unlinked is changed without mark or record', (t) => {
  const { observer, nodes, queue } = makeMarker(makeWork(t));
  nodes.unlinked.add(file);
  t.is(
    observer.changeObject(file, Operation.data, () => 3),
    3,
  );
  t.deepEqual(nodes.log, []);
  t.deepEqual(takeAll(queue), []);
});

test('a change of what has no known name marks the root as moved, and leaves a gap once in a span', (t) => {
  const { observer, nodes, queue } = makeMarker(makeWork(t));
  nodes.unlinked.add(file);
  nodes.stranded.add(file);
  const marked = () =>
    nodes.mark(nodes.rootNode, names.subtree) !== undefined && nodes.mark(nodes.rootNode) !== undefined;
  t.is(
    observer.changeObject(file, Operation.data, () => (marked() ? 3 : -1)),
    3,
  );
  observer.touch(file);
  t.deepEqual(
    takeAll(queue).map(({ operation }) => operation),
    [Operation.gap],
  );
});

test('a new object is marked through its descriptor, and then noted in the epoch of its change, as recorded', (t) => {
  const work = makeWork(t);
  const { observer, nodes, epochs, queue } = makeMarker(work);
  const fd = opened(t, join(work, 'a/b/file'));
  epochs.advance();
  t.is(observer.stampNew(fd, b), 0);
  t.not(nodes.mark(file), undefined);
  t.is(nodes.stampedIn(file), 0);
  observer.noteNew(file, 1);
  t.deepEqual([nodes.stampedIn(file), nodes.recordedIn(file)], [1, 1]);
  observer.changeObject(file, Operation.data, () => 0);
  t.deepEqual(takeAll(queue), []);
});

test('a directory that moves is given its second mark, and keeps the first', (t) => {
  const work = makeWork(t);
  const { observer, nodes } = makeMarker(work);
  t.is(observer.stampSubtree(opened(t, join(work, 'a')), c), 0);
  t.not(nodes.mark(a, names.subtree), undefined);
  t.is(nodes.mark(a), undefined);
  t.is(nodes.mark(c, names.subtree), undefined);
});

test('where an object takes no mark, its directory is marked as if it had moved', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  nodes.denied.add(file);
  let applied = false;
  const result = observer.change([file], () => {
    applied = nodes.mark(b, names.subtree) !== undefined;
    return 0;
  });
  t.deepEqual([result, applied], [0, true]);
  t.deepEqual([nodes.mark(a, names.subtree), nodes.mark(root, names.subtree)], [undefined, undefined]);
});

test('the nearest directory that takes a mark speaks for all below', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  for (const id of [file, b, a]) nodes.denied.add(id);
  t.is(
    observer.change([file], () => 7),
    7,
  );
  t.not(nodes.mark(root, names.subtree), undefined);
});

test('where not even the root takes a mark nothing is changed', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  for (const id of [file, b, a, root]) nodes.denied.add(id);
  let applied = false;
  const result = observer.change([file], () => {
    applied = true;
    return 0;
  });
  t.deepEqual([result, applied], [-EPERM, false]);
});

test('what is made or moved and takes no mark is spoken for by the directory that it comes to', (t) => {
  const work = makeWork(t);
  const { observer, nodes } = makeMarker(work);
  const fd = opened(t, join(work, 'takes no mark'), O_PATH | O_NOFOLLOW);
  t.is(observer.stampNew(fd, b), 0);
  t.not(nodes.mark(b, names.subtree), undefined);
  t.is(observer.stampSubtree(fd, c), 0);
  t.not(nodes.mark(c, names.subtree), undefined);
});

test('only a denial is made up for: other errors are passed on', (t) => {
  const { observer, nodes } = makeMarker(makeWork(t));
  t.is(observer.stampNew(1_000_000, b), -ENOENT);
  t.is(observer.stampSubtree(1_000_000, b), -ENOENT);
  t.is(nodes.mark(b, names.subtree), undefined);
});

test('marks of an object are put on the disk once in an epoch, and those of a node that has none yet each time', (t) => {
  const root = makeWork(t);
  const { observer, mainEpochs } = makeMarker(root);
  const puts: string[] = [];
  const put = (id: number) => {
    t.is(observer.keep(id), 0);
    const token = getAttributeSync(root, names.kept).toString('hex');
    const isNew = token !== puts.at(-1);
    if (isNew) puts.push(token);
    return isNew;
  };
  observer.touch(file);
  t.true(put(file));
  observer.touch(c);
  t.false(put(file));
  t.true(put(c));
  mainEpochs.advance();
  observer.touch(c);
  t.true(put(b), 'not marked in this epoch, but nothing is known of it');
  observer.touch(file);
  t.true(put(file));
});

test('marks are put on the disk before anything is synced, but those of what is new, which are there as soon as it is', (t) => {
  const work = makeWork(t);
  const { observer, durable, mainEpochs, epochs } = makeMarker(work);
  const fd = opened(t, join(work, 'a/b/file'));
  let kept = 0;
  Object.assign(durable, {
    keep: () => {
      kept++;
      return 0;
    },
  });
  for (const dataOnly of [true, false]) {
    mainEpochs.advance();
    observer.touch(file);
    kept = 0;
    for (let times = 0; times < 2; times++) t.is(observer.sync(file, fd, dataOnly), 0);
    t.is(kept, 1, `data only: ${dataOnly}`);
  }
  for (const inOrder of [true, false]) {
    Object.assign(durable, { inOrder });
    mainEpochs.advance();
    kept = 0;
    observer.noteNew(file, epochs.current);
    t.is(observer.sync(file, fd, false), 0);
    t.is(kept, inOrder ? 0 : 1, `one journal: ${inOrder}`);
  }
});
