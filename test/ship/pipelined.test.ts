import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { ListsAhead } from '../../src/ship/crawl/ahead.js';
import { pipelined } from '../../src/ship/pipelined.js';

test('questions are asked in order without waiting for answers, and the answers are in order', async (t) => {
  const asked: number[] = [];
  let [underWay, most] = [0, 0];
  const answers = await pipelined(Array.from({ length: 1000 }).keys(), async (item) => {
    asked.push(item);
    most = Math.max(most, ++underWay);
    await delay(item % 3);
    underWay--;
    return item * 2;
  });
  t.deepEqual(asked, [...Array(1000).keys()]);
  t.deepEqual(
    answers,
    asked.map((item) => item * 2),
  );
  t.true(most > 100 && most < 1000, `${most} at once`);
});

test('where a question fails, nothing is under way any more when that is told', async (t) => {
  let underWay = 0;
  const failing = pipelined([5, 0, 5, 5], async (item) => {
    underWay++;
    await delay(item);
    underWay--;
    if (item === 0) throw new Error('failed');
  });
  await t.throwsAsync(failing, { message: 'failed' });
  t.is(underWay, 0);
});

test('lists are asked for before they are taken, each once, and not too many', async (t) => {
  const asked: string[] = [];
  const ahead = new ListsAhead({
    list: async (path) => {
      asked.push(path);
      if (path === 'bad') throw new Error('bad');
      return new Set([path]);
    },
  });
  ahead.ask(['a', 'b', 'a', 'bad']);
  t.deepEqual(asked, ['a', 'b', 'bad']);
  t.deepEqual(await ahead.take('b'), new Set(['b']));
  t.deepEqual(await ahead.take('c'), new Set(['c']));
  await t.throwsAsync(ahead.take('bad'), { message: 'bad' });
  t.deepEqual(asked, ['a', 'b', 'bad', 'c']);
  ahead.ask(Array.from({ length: 1000 }, (_, at) => `x${at}`));
  t.true(ahead.isFull && asked.length < 100);
});
