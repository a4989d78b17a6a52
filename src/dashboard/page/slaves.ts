import { byId, Keyed, make, setAttribute, setHidden, setText } from './dom.js';
import { ago, bytes, count, duration, moment, rate } from './format.js';
import type { Now, PassNow, SlaveNow } from './messages.js';
import type { Series } from './series.js';
import { drawSpark, makeSpark } from './spark.js';

interface Row {
  readonly element: HTMLTableRowElement;
  readonly cells: Readonly<Record<Column, HTMLTableCellElement>>;
  readonly choose: HTMLButtonElement;
  readonly target: HTMLElement;
  readonly sparks: readonly [lag: SVGSVGElement, rate: SVGSVGElement];
}

const COLUMNS = [
  'name',
  'state',
  'lag',
  'lagSpark',
  'rate',
  'rateSpark',
  'pending',
  'failures',
  'synced',
  'pass',
] as const;
type Column = (typeof COLUMNS)[number];

const LABELS: Readonly<Record<Column, string>> = {
  name: '',
  state: '',
  lag: 'Lag',
  lagSpark: '',
  rate: 'Throughput',
  rateSpark: '',
  pending: 'Pending',
  failures: 'Failures',
  synced: 'Synced up to',
  pass: 'Last pass',
};

/** The table of slaves: a row each, and the choice of the one that the plots show. */
export class SlaveTable {
  readonly #rows = new Map<string, Row>();
  readonly #keyed = new Keyed<HTMLTableRowElement>(byId('slaves').querySelector('tbody')!, (name) => this.#make(name));
  #chosen: string | undefined;

  constructor(private readonly onChoose: (name: string) => void) {}

  /** The slave that people have chosen; until then the one that is furthest behind. */
  chosen({ slaves }: Now): string | undefined {
    if (slaves.some(({ name }) => name === this.#chosen)) return this.#chosen;
    this.#chosen = [...slaves].sort((one, other) => (other.lagSeconds ?? 0) - (one.lagSeconds ?? 0))[0]?.name;
    return this.#chosen;
  }

  draw(now: Now, series: Series): void {
    setHidden(byId('no-slaves'), now.slaves.length > 0);
    setHidden(byId('slaves'), now.slaves.length === 0);
    this.#keyed.show(now.slaves.map(({ name }) => name));
    const chosen = this.chosen(now);
    for (const slave of now.slaves)
      this.#fill(this.#rows.get(slave.name)!, slave, now.timeMs, series, slave.name === chosen);
  }

  #make(name: string): HTMLTableRowElement {
    const cells = {} as Record<Column, HTMLTableCellElement>;
    for (const column of COLUMNS) {
      const isNumber = ['lag', 'rate', 'pending', 'failures'].includes(column);
      const kind = column.endsWith('Spark') ? 'spark' : isNumber ? 'number' : `of-${column}`;
      cells[column] = make('td', { class: kind, 'data-label': LABELS[column] });
    }
    const choose = make('button', { type: 'button', class: 'name' }, name);
    const target = make('span', { class: 'target quiet' });
    choose.addEventListener('click', () => {
      this.#chosen = name;
      this.onChoose(name);
    });
    cells.name.append(choose, target);
    const sparks = [makeSpark(), makeSpark()] as const;
    cells.lagSpark.append(sparks[0]);
    cells.rateSpark.append(sparks[1]);
    const element = make('tr', { 'data-slave': name }, ...COLUMNS.map((column) => cells[column]));
    this.#rows.set(name, { element, cells, choose, target, sparks });
    return element;
  }

  #fill(
    { element, cells, choose, target, sparks }: Row,
    slave: SlaveNow,
    nowMs: number,
    series: Series,
    chosen: boolean,
  ): void {
    const { name, state, lagSeconds, pending, failures, syncPointMs, lastPass } = slave;
    element.classList.toggle('chosen', chosen);
    setAttribute(choose, 'aria-pressed', String(chosen));
    setText(target, slave.target);
    setAttribute(target, 'title', slave.target);
    showState(cells.state, state, slave.reason);
    setText(cells.lag, lagSeconds === null ? '–' : duration(lagSeconds));
    setText(cells.rate, slave.rate > 0 ? rate(slave.rate) : '–');
    setText(cells.pending, pending === null ? '?' : count(pending));
    setAttribute(
      cells.pending,
      'title',
      pending === null ? 'the journal cannot tell: the next pass walks the marks' : '',
    );
    setText(cells.failures, count(failures));
    cells.failures.classList.toggle('bad-text', failures > 0);
    setText(cells.synced, syncPointMs === null ? 'never' : moment(syncPointMs, nowMs));
    setText(cells.pass, lastPass ? describe(lastPass, nowMs) : 'none yet');
    drawSpark(sparks[0], series.timesMs, series.lag.get(name) ?? [], series.shownMs);
    drawSpark(sparks[1], series.timesMs, series.rate.get(name) ?? [], series.shownMs);
  }
}

function describe(
  { endedMs, crawl, shipped, renamed, deleted, failed, bytes: sent, seconds }: PassNow,
  nowMs: number,
): string {
  const done = [
    shipped > 0 ? `${count(shipped)} shipped (${bytes(sent)})` : '',
    renamed > 0 ? `${count(renamed)} renamed` : '',
    deleted > 0 ? `${count(deleted)} deleted` : '',
    failed > 0 ? `${count(failed)} failed` : '',
  ].filter((part) => part !== '');
  return `${ago(endedMs, nowMs)}: ${crawl}, ${done.join(', ') || 'nothing to do'}, ${duration(seconds)}`;
}

/** A state in a word with a sign of its own: colour alone tells nobody everything. */
export function showState(place: HTMLElement, state: string, reason: string | null): void {
  const sign = place.querySelector('.state') ?? place.appendChild(make('span', { class: 'state' }));
  setAttribute(sign, 'data-state', state);
  setText(sign, state);
  setAttribute(place, 'title', reason ?? '');
}
