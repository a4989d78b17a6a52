import { setImmediate as breathe } from 'node:timers/promises';

/** Questions under way at once: a far slave answers many in the time of one. */
const WINDOW = 256;

/**
 * Asks a question for each item, in their order, without waiting for each answer; the slave acts on them in their order
 * too. Answers the answers, in order. Where one fails, what was asked for already still happens, and has ended when this
 * throws.
 */
export async function pipelined<T, R>(items: Iterable<T>, ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let underWay: Promise<R>[] = [];
  try {
    for (const item of items) {
      const asked = ask(item);
      // It is awaited below, perhaps after it has failed.
      asked.catch(() => undefined);
      underWay.push(asked);
      if (underWay.length < WINDOW) continue;
      answers.push(...(await Promise.all(underWay)));
      underWay = [];
      // A near slave answers at once: without this nothing else, such as a signal, would have its turn.
      await breathe();
    }
    answers.push(...(await Promise.all(underWay)));
  } finally {
    await Promise.allSettled(underWay);
  }
  return answers;
}
