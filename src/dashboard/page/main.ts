import { byId, setHidden, setText } from './dom.js';
import { Failures } from './failures.js';
import { JournalTail } from './journal.js';
import { Live } from './live.js';
import type { Look, Now, Range } from './messages.js';
import { Plots } from './plots.js';
import { Running } from './running.js';
import { Series } from './series.js';
import { SlaveTable } from './slaves.js';
import { Treemap } from './treemap.js';
import { showHello, showVolume } from './volume.js';

/** Wires the parts of the page to the server's events. */

const FIRST_LOOK: Look = { range: 'minutes', dirty: { slave: null, path: '' }, journal: { text: '', operations: [] } };

const series = new Series();
const plots = new Plots();
const running = new Running();
const slaves = new SlaveTable(() => drawAll());
const failures = new Failures((slave) => live.retry(slave));
const treemap = new Treemap((dirty) => live.lookAt({ dirty }));
const journal = new JournalTail((filter) => live.lookAt({ journal: filter }));
let now: Now | undefined;

const live = new Live(
  {
    hello: (hello) => {
      failures.forget();
      showHello(hello);
    },
    now: (moment) => {
      now = moment;
      drawAll();
    },
    history: (history) => {
      series.replace(history);
      drawAll();
    },
    point: (point) => series.append(point),
    failures: (found) => failures.draw(found),
    records: (records) => journal.draw(records),
    dirty: (tree) => treemap.draw(tree),
    retry: (retry) => failures.told(retry),
    trouble: ({ reason }) => {
      setText(byId('trouble'), reason ?? '');
      setHidden(byId('trouble'), reason === null);
    },
  },
  FIRST_LOOK,
);

function drawAll(): void {
  if (!now) return;
  showVolume(now);
  slaves.draw(now, series);
  running.draw(now);
  treemap.offer(now.slaves);
  plots.draw(series, slaves.chosen(now));
}

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-range]')) {
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-range]'))
      other.setAttribute('aria-pressed', String(other === button));
    live.lookAt({ range: button.dataset.range as Range });
  });
}

void live.keep();
