import { byId, Keyed, make, setAttribute, setHidden, setText } from './dom.js';
import { bytes, count, duration, rate, things } from './format.js';
import type { Now, RunningPass, SlaveNow } from './messages.js';

/** Passes that are under way, and what each sends just now. */
export class Running {
  readonly #keyed = new Keyed<HTMLLIElement>(byId('running'), (name) => makeItem(name));

  draw({ slaves, timeMs }: Now): void {
    const running = slaves.filter((slave) => slave.running !== null);
    setHidden(byId('no-running'), running.length > 0);
    const items = this.#keyed.show(running.map(({ name }) => name));
    for (const [at, slave] of running.entries()) fill(items[at]!, slave, slave.running!, timeMs);
  }
}

function makeItem(name: string): HTMLLIElement {
  return make(
    'li',
    { 'data-slave': name },
    make(
      'div',
      { class: 'line' },
      make('b', {}, name),
      make('span', { class: 'how quiet' }),
      make('span', { class: 'rate' }),
    ),
    make('progress', { max: '1', 'aria-label': `Transfer to ${name}` }),
    make('div', { class: 'path' }),
    make('div', { class: 'counts quiet' }),
  );
}

function fill(
  item: HTMLLIElement,
  slave: SlaveNow,
  { startedMs, crawl, objects, bytes: sent, list }: RunningPass,
  nowMs: number,
): void {
  const part = (name: string): HTMLElement => item.querySelector<HTMLElement>(`.${name}`)!;
  setText(part('how'), `${crawl}, for ${duration(Math.max(0, nowMs - startedMs) / 1000)}`);
  setText(part('rate'), slave.rate > 0 ? rate(slave.rate) : '');
  const bar = item.querySelector('progress')!;
  if (list && list.bytes > 0) setAttribute(bar, 'value', String(Math.min(1, list.sent / list.bytes)));
  else bar.removeAttribute('value');
  setText(part('path'), list ? list.path : 'looking for what to send');
  const hand = list ? `${bytes(list.sent)} of ${bytes(list.bytes)} in ${things(list.objects, 'object')}; ` : '';
  setText(part('counts'), `${hand}before that ${count(objects)} shipped, ${bytes(sent)}`);
}
