import type { ExecutionContext } from 'ava';
import type { Now } from '../../src/dashboard/page/messages.js';
import { Operation } from '../../src/journal/record.js';
import { journalFile } from '../../src/journal/schema.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { State } from '../../src/volume/state.js';
import type { Volume } from '../../src/volume/volume.js';
import { batchOf, record } from '../journal/records.js';
import { makeVolume } from '../support/state.js';
import { leavePicture, openPage, testInBrowser } from './browser.js';
import { Served } from './served.js';

const RECORDS = 1_000_000;
const SLAVES = 20;
/** Failed paths of each slave. */
const FAILED = 2000;

const PASS = { considered: 0, shipped: 3, renamed: 0, deleted: 0, failed: FAILED, bytes: 3000, seconds: 2 };

/** A journal of many records; answers its id. */
function fillJournal({ stateDir }: Volume): string {
  const writer = JournalWriter.open(stateDir);
  const { id } = writer;
  writer.close();
  const db = new Sqlite(journalFile(stateDir));
  const beganUs = Date.now() * 1000 - RECORDS * 1000;
  db.exec(`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${RECORDS})
    INSERT INTO records SELECT n, ${beganUs} + n * 1000, 1, ${Operation.create}, 1, n,
      CAST('directory-' || (n % 997) || '/below-' || (n % 13) || '/file-' || n AS BLOB), NULL FROM numbers`);
  db.close();
  return id;
}

function addSlaves(volume: Volume, journalId: string): void {
  const state = State.open(volume);
  const nowUs = Date.now() * 1000;
  for (let n = 0; n < SLAVES; n++) {
    const name = `slave-${String(n).padStart(2, '0')}`;
    state.slaves.add({ name, id: `id-${n}`, target: `/srv/copies/of/the/volume/${name}`, addedUs: nowUs });
    const position = RECORDS - n * n * 1000;
    const stimeUs = nowUs - n * n * 1e6;
    const lastPass = { ...PASS, slave: name, crawl: 'journal', syncPoint: stimeUs, startedUs: stimeUs } as const;
    const pending = Array.from({ length: FAILED }, (_, at) => ({
      ...({ path: Buffer.from(`directory/file-${at}`), kind: 'failed', whole: false } as const),
      ...{ reason: 'permission denied', attempts: 3, nextTryUs: nowUs + 60e6 },
    }));
    state.commitPass(name, { journalId, position, stimeUs, pending, lastPass, state: 'active', reason: null });
  }
  state.close();
}

/** Writes two thousand records a second, as a busy mount does, until the test ends. */
function keepWriting(t: ExecutionContext, { stateDir }: Volume): void {
  const writer = JournalWriter.open(stateDir);
  let n = 0;
  const timer = setInterval(() => {
    const timeUs = Date.now() * 1000;
    const paths = Array.from({ length: 100 }, () => Buffer.from(`busy/file-${n++}`));
    writer.append(batchOf(...paths.map((path) => record({ operation: Operation.data, timeUs, path }))));
  }, 50);
  t.teardown(() => {
    clearInterval(timer);
    writer.close();
  });
}

/** Milliseconds that something takes. */
async function measure(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}

/** Notes what keeps the page from answering its user. */
const WATCH_TASKS = `window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: 'longtask', buffered: true });`;

testInBrowser('a million records and twenty slaves: the page answers at once', async (t) => {
  const volume = makeVolume(t);
  addSlaves(volume, fillJournal(volume));
  const served = await Served.start(t, volume.source);
  const events = await served.events(t);
  keepWriting(t, volume);
  const page = await openPage(t, served.url, {}, WATCH_TASKS);
  const opened = await measure(async () => {
    await page
      .locator('#slaves tbody tr')
      .nth(SLAVES - 1)
      .waitFor();
    await page.locator('#records tr').first().waitFor();
  });
  t.is(await page.locator('#failures article').count(), SLAVES);
  const moments: Now[] = [];
  for (let n = 0; n < 8; n++) moments.push(await events.next('now'));
  const gaps = moments.slice(1).map(({ timeMs }, at) => timeMs - moments[at]!.timeMs);
  const heads = moments.map(({ volume }) => volume.journal.head);
  t.true(heads.at(-1)! - heads[0]! > 500, String(heads));
  const chosen = await measure(async () => {
    await page.getByRole('button', { name: 'slave-07', exact: true }).click();
    await page.locator('#slaves tr.chosen[data-slave="slave-07"]').waitFor();
  });
  const found = await measure(async () => {
    await page.locator('#journal-text').fill('file-987654');
    await page
      .locator('#records td.path')
      .filter({ hasText: /file-987654$/ })
      .waitFor();
  });
  const none = await measure(async () => {
    await page.locator('#journal-text').fill('nowhere to be found');
    await page
      .locator('#journal-said')
      .filter({ hasText: /^None found in the last 200,/ })
      .waitFor();
  });
  await page.locator('#journal-text').fill('');
  await page.locator('#records tr').nth(100).waitFor();
  const rows = await page.locator('#records tr').count();
  const longest = await page.evaluate<number>('window.longest');
  await leavePicture(t, page, 'million');
  const limits = { opened: 5000, chosen: 2000, found: 4000, none: 6000, longest: 2000, gap: 3000 };
  const measured = { opened, chosen, found, none, longest, gap: Math.max(...gaps) };
  t.log(`milliseconds: ${JSON.stringify(measured)}; ${rows} rows`);
  for (const [name, limit] of Object.entries(limits))
    t.true(measured[name as keyof typeof limits] < limit, `${name}: ${JSON.stringify(measured)}`);
  t.true(rows <= 401);
});
