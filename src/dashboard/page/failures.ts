import { byId, Keyed, make, setAttribute, setHidden, setText } from './dom.js';
import { clock, things } from './format.js';
import type { FailedPath, Retry, SlaveFailures } from './messages.js';

/** What could not be shipped, and a button for each slave that tries it again. */
export class Failures {
  readonly #keyed = new Keyed<HTMLElement>(byId('failures'), (slave) => this.#make(slave));
  readonly #running = new Set<string>();

  constructor(private readonly retry: (slave: string) => Promise<void>) {}

  draw(failures: readonly SlaveFailures[]): void {
    setHidden(byId('no-failures'), failures.length > 0);
    const articles = this.#keyed.show(failures.map(({ slave }) => slave));
    for (const [at, failure] of failures.entries()) this.#fill(articles[at]!, failure);
  }

  /** A pass that somebody asked for has begun or ended. */
  told({ slave, running, ok, text }: Retry): void {
    if (running) this.#running.add(slave);
    else this.#running.delete(slave);
    this.#say(`${slave}: ${text}`, ok);
    for (const button of byId('failures').querySelectorAll<HTMLButtonElement>('button')) this.#enable(button);
  }

  /** The server is another one by now, and tells anew of what runs. */
  forget(): void {
    this.#running.clear();
  }

  #make(slave: string): HTMLElement {
    const button = make('button', { type: 'button', 'data-slave': slave });
    button.addEventListener('click', () => {
      button.setAttribute('aria-disabled', 'true');
      this.retry(slave).catch((error: unknown) => {
        this.#say(`${slave}: ${error instanceof Error ? error.message : String(error)}`, false);
        this.#enable(button);
      });
    });
    return make(
      'article',
      { 'data-slave': slave },
      make('div', { class: 'line' }, make('h3', {}, slave), make('span', { class: 'total quiet' }), button),
      make('p', { class: 'reason bad-text' }),
      make('ul', { class: 'paths' }),
      make('p', { class: 'more quiet' }),
    );
  }

  #fill(article: HTMLElement, { slave, paused, reason, total, paths }: SlaveFailures): void {
    const part = (name: string): HTMLElement => article.querySelector<HTMLElement>(name)!;
    const button = part('button') as HTMLButtonElement;
    setAttribute(button, 'data-paused', String(paused));
    setText(button, total > 0 ? 'Try again now' : 'Try the pass again');
    setAttribute(button, 'aria-label', `Try again now what failed for ${slave}`);
    setAttribute(button, 'title', paused ? `${slave} is paused` : '');
    this.#enable(button);
    setText(part('.total'), total > 0 ? things(total, 'path') : 'the pass failed');
    setText(part('.reason'), reason ?? '');
    setHidden(part('.reason'), reason === null);
    part('.paths').replaceChildren(...paths.map(makePath));
    setText(part('.more'), total > paths.length ? `and ${things(total - paths.length, 'more path')}` : '');
  }

  /** Not by `disabled`: the focus would be lost. */
  #enable(button: HTMLButtonElement): void {
    const off = this.#running.has(button.dataset.slave ?? '') || button.dataset.paused === 'true';
    setAttribute(button, 'aria-disabled', String(off));
  }

  #say(text: string, ok: boolean): void {
    const said = byId('retry-said');
    said.classList.toggle('bad-text', !ok);
    setText(said, text);
  }
}

function makePath({ path, reason, attempts, nextTryMs }: FailedPath): HTMLLIElement {
  const next = nextTryMs > Date.now() ? `next try after ${clock(nextTryMs)}` : 'next try with the next pass';
  return make(
    'li',
    {},
    make('span', { class: 'path' }, path),
    make(
      'span',
      { class: 'quiet' },
      `${reason}; ${attempts === 1 ? 'tried once' : `tried ${attempts} times`}, ${next}`,
    ),
  );
}
