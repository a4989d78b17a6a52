import { byId, make, setHidden, setText } from './dom.js';
import { clock, count, moment } from './format.js';
import type { Look, RecordShown, Records } from './messages.js';

const MOST_ROWS = 400;
const TYPING_MS = 250;

/** The operations that a record may be of, as the journal names them. */
const OPERATIONS = [
  'create',
  'mkdir',
  'mknod',
  'symlink',
  'link',
  'unlink',
  'rmdir',
  'rename',
  'exchange',
  'data',
  'meta',
  'gap',
];

/** The journal's tail, the latest record on top. */
export class JournalTail {
  readonly #rows = byId<HTMLTableSectionElement>('records');
  readonly #text = byId<HTMLInputElement>('journal-text');
  readonly #operation = byId<HTMLSelectElement>('journal-operation');
  readonly #hold = byId<HTMLInputElement>('journal-hold');
  #held: Records[] = [];
  #typing: number | undefined;

  constructor(private readonly onFilter: (filter: Look['journal']) => void) {
    for (const name of OPERATIONS) this.#operation.append(make('option', { value: name }, name));
    byId('journal-filter').addEventListener('submit', (event) => event.preventDefault());
    this.#text.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#filter(), TYPING_MS);
    });
    this.#operation.addEventListener('change', () => this.#filter());
    this.#hold.addEventListener('change', () => this.#release());
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  draw(records: Records): void {
    if (records.fresh) {
      this.#held = [];
      this.#show(records);
    } else if (this.#hold.checked) this.#keep(records);
    else this.#show(records);
  }

  #filter(): void {
    const operations = this.#operation.value === '' ? [] : [this.#operation.value];
    setText(byId('journal-said'), 'searching…');
    this.onFilter({ text: this.#text.value, operations });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target === this.#text && event.key === 'Escape' && this.#text.value !== '') {
      this.#text.value = '';
      this.#filter();
    }
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#text.focus();
  }

  #keep(records: Records): void {
    this.#held.push(records);
    if (this.#held.length > 100) this.#held.shift();
    const waiting = this.#held.reduce((sum, held) => sum + held.records.length + held.skipped, 0);
    setText(byId('journal-said'), `held: ${count(waiting)} more since`);
  }

  #release(): void {
    if (this.#hold.checked) return;
    setText(byId('journal-said'), '');
    for (const records of this.#held.splice(0)) this.#show(records);
  }

  #show({ fresh, records, skipped, searched }: Records): void {
    if (fresh) {
      this.#rows.replaceChildren();
      setText(byId('journal-said'), searched === null ? '' : describe(records.length, searched));
    }
    if (skipped > 0) this.#rows.prepend(makeGap(skipped));
    const latest = records.slice(-MOST_ROWS);
    this.#rows.prepend(...latest.reverse().map(makeRow));
    while (this.#rows.rows.length > MOST_ROWS) this.#rows.deleteRow(-1);
    setHidden(byId('no-records'), this.#rows.rows.length > 0);
  }
}

function describe(found: number, { records, all }: NonNullable<Records['searched']>): string {
  const where = all ? `all ${count(records)} records` : `the last ${count(records)} records`;
  return `${found === 0 ? 'None' : count(found)} found in ${where}; new ones are added.`;
}

function makeRow({ sequence, timeMs, operation, path, path2 }: RecordShown): HTMLTableRowElement {
  const name = make('td', { class: 'path' }, path);
  if (path2 !== null) name.append(make('span', { class: 'quiet' }, operation === 'exchange' ? ' ⇄ ' : ' → '), path2);
  const time = make('td', { class: 'time', title: moment(timeMs, 0) }, clock(timeMs, true));
  return make('tr', {}, make('td', { class: 'number quiet' }, String(sequence)), time, make('td', {}, operation), name);
}

function makeGap(skipped: number): HTMLTableRowElement {
  return make(
    'tr',
    { class: 'gap' },
    make('td', { colspan: '4' }, `${count(skipped)} records came too fast to be shown`),
  );
}
