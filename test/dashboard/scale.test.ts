import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
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

/** What a page has cost its browser so far. */
interface Cost {
  readonly layouts: number;
  readonly styles: number;
  readonly elements: number;
}

/** Asks the browser for it. */
async function costOf(page: Page): Promise<() => Promise<Cost>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  return async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const metric = (wanted: string): number => metrics.find(({ name }) => name === wanted)!.value;
    const elements = await page.locator('*').count();
    return { layouts: metric('LayoutCount'), styles: metric('RecalcStyleCount'), elements };
  };
}

/** Rounds of the server that are counted: it tells how everything is once in each. */
const ROUNDS = 8;
/** What one of them may cost, however much there is: each is several times what it was when this was written. */
const MOST = { bytes: 150_000, layouts: 10, styles: 20, elements: 10_000, rows: 401 };

testInBrowser('a million records and twenty slaves: what is sent and drawn does not grow with them', async (t) => {
  const volume = makeVolume(t);
  addSlaves(volume, fillJournal(volume));
  const served = await Served.start(t, volume.source);
  keepWriting(t, volume);
  const page = await openPage(t, served.url);
  await page
    .locator('#slaves tbody tr')
    .nth(SLAVES - 1)
    .waitFor();
  await page.locator('#records tr').first().waitFor();
  t.is(await page.locator('#failures article').count(), SLAVES);

  const cost = await costOf(page);
  const events = await served.events(t);
  const first = await events.next('now');
  const [before, bytes] = [await cost(), events.bytes];
  let last: Now = first;
  for (let n = 0; n < ROUNDS; n++) last = await events.next('now');
  const after = await cost();
  t.true(last.volume.journal.head - first.volume.journal.head > 500);
  const rows = await page.locator('#records tr').count();
  const round = {
    bytes: Math.round((events.bytes - bytes) / ROUNDS),
    layouts: Math.round((after.layouts - before.layouts) / ROUNDS),
    styles: Math.round((after.styles - before.styles) / ROUNDS),
    elements: after.elements,
    rows,
  };
  t.log(`in a round: ${JSON.stringify(round)}`);
  for (const [name, most] of Object.entries(MOST))
    t.true(round[name as keyof typeof MOST] <= most, `${name}: ${JSON.stringify(round)}`);

  await page.getByRole('button', { name: 'slave-07', exact: true }).click();
  await page.locator('#slaves tr.chosen[data-slave="slave-07"]').waitFor();
  await page.locator('#journal-text').fill('file-987654');
  const found = page.locator('#records td.path').filter({ hasText: /file-987654$/ });
  await found.waitFor();
  await page.locator('#journal-text').fill('nowhere to be found');
  // The end of the journal is searched, not all of it.
  const said = page.locator('#journal-said').filter({ hasText: /^None found in the last 200,/ });
  await said.waitFor();
  await page.locator('#journal-text').fill('');
  await page.locator('#records tr').nth(100).waitFor();
  await leavePicture(t, page, 'million');
});
