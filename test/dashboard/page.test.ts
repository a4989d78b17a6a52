import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Locator, Page } from 'playwright-core';
import { must } from '../support/run.js';
import { TestVolume } from '../support/volume.js';
import { leavePicture, openPage, testInBrowser } from './browser.js';
import { Served } from './served.js';

/** Waits until an element shows a text. */
async function shows(place: Locator, text: RegExp): Promise<void> {
  await place.filter({ hasText: text }).first().waitFor();
}

/** A mounted volume with a slave and its page, which is live. */
async function openVolume(t: ExecutionContext): Promise<{ volume: TestVolume; served: Served; page: Page }> {
  const volume = await TestVolume.mounted(t);
  const served = await Served.start(t, volume.source);
  const page = await openPage(t, served.url);
  await shows(page.locator('#link'), /^live$/);
  return { volume, served, page };
}

function row(page: Page, slave: string): Locator {
  return page.locator(`#slaves tr[data-slave="${slave}"]`);
}

function fill(volume: TestVolume): void {
  for (const [directory, files] of Object.entries({ 'photos/2026': 40, mail: 20, 'projects/site': 12, etc: 3 })) {
    mkdirSync(join(volume.mountpoint, directory), { recursive: true });
    for (let n = 0; n < files; n++) writeFileSync(join(volume.mountpoint, directory, `file-${n}`), 'x'.repeat(4096));
  }
}

testInBrowser('a real write and a real pass are on the page, as they happen', async (t) => {
  const { volume, page } = await openVolume(t);
  t.is(await page.locator('#source').textContent(), volume.source);
  t.is(await page.locator('#mounted').textContent(), `mounted on ${volume.mountpoint}`);
  await shows(page.locator('#tile-state'), /^active$/);
  await shows(row(page, 'copy'), /initializing/);
  t.is(await page.locator('#treemap canvas').count(), 0);

  await volume.ship();
  await shows(row(page, 'copy'), /active/);
  await shows(page.locator('#treemap'), /Nothing waits for copy/);

  fill(volume);
  await shows(page.locator('#records tr').first(), /create\s*etc\/file-2/);
  await shows(row(page, 'copy').locator('td[data-label="Pending"]'), /^\d{2}$/);
  await shows(page.locator('#treemap'), /photos/);
  await shows(page.locator('#dirty-detail'), /^75 changed objects wait for copy/);
  await shows(page.locator('#tile-operations'), /^0$/);

  const pass = await volume.ship();
  await shows(row(page, 'copy').locator('.of-pass'), new RegExp(`journal, ${pass.shipped} shipped \\(307 kB\\)`));
  await shows(row(page, 'copy').locator('td[data-label="Pending"]'), /^0$/);
  await shows(page.locator('#treemap'), /Nothing waits for copy/);
  for (const plot of ['operations', 'lag', 'rate']) t.is(await page.locator(`#plot-${plot} canvas`).count(), 1);
  await leavePicture(t, page, 'after-a-pass');
});

testInBrowser('what the plots show is what was measured', async (t) => {
  const { volume, page } = await openVolume(t);
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'x');
  await shows(page.locator('#plot-lag-now'), /^copy: [1-9]/);
  const canvas = page.locator('#plot-lag canvas');
  const before = await canvas.screenshot();
  await page.waitForTimeout(1500);
  t.notDeepEqual(await canvas.screenshot(), before);
  const { width } = (await page.locator('#plot-lag .u-over').boundingBox())!;
  await page.locator('#plot-lag .u-over').hover({ position: { x: width - 4, y: 40 } });
  await shows(page.locator('#plot-lag-now'), / at \d\d:\d\d:\d\d$/);
  await page.getByRole('button', { name: 'a day' }).click();
  await page.locator('[data-range="day"][aria-pressed="true"]').waitFor();
  await shows(page.locator('#plot-lag-now'), /^copy: [1-9]/);
});

testInBrowser('a failure is named, and tried again at the press of a button', async (t) => {
  const { volume, page } = await openVolume(t);
  fill(volume);
  await volume.ship();
  const target = join(volume.slave, 'etc/file-0');
  await must(['chattr', '+i', target]);
  t.teardown(() => must(['chattr', '-i', target]));
  writeFileSync(join(volume.mountpoint, 'etc/file-0'), 'changed');
  t.is((await volume.tryMarkerfs('ship', volume.source)).status, 3);
  const failure = page.locator('#failures article[data-slave="copy"]');
  await shows(failure, /etc\/file-0/);
  await shows(failure, /Operation not permitted/);
  await shows(page.locator('#tile-failures'), /^1$/);
  await leavePicture(t, page, 'failure');
  const button = failure.getByRole('button');
  await button.click();
  await shows(page.locator('#retry-said'), /copy: .*1 failed again/);
  t.is(await button.getAttribute('aria-disabled'), 'false');
  await must(['chattr', '-i', target]);
  await button.focus();
  await page.keyboard.press('Enter');
  await shows(page.locator('#retry-said'), /copy: 1 object shipped/);
  await page.locator('#no-failures').waitFor();
  t.is(readFileSync(target, 'utf8'), 'changed');
});

testInBrowser('a slave that is faulty says why', async (t) => {
  const { volume, page } = await openVolume(t);
  renameSync(join(volume.slave, '.markerfs-slave'), join(volume.work, 'away'));
  t.is((await volume.tryMarkerfs('ship', volume.source)).status, 1);
  await shows(row(page, 'copy'), /faulty/);
  await shows(page.locator('#failures'), /holds no copy of this volume; is it mounted\?/);
  renameSync(join(volume.work, 'away'), join(volume.slave, '.markerfs-slave'));
  await page.getByRole('button', { name: 'Try again now what failed for copy' }).click();
  await shows(row(page, 'copy'), /active/);
});

testInBrowser('a transfer is on the page while it runs', async (t) => {
  const { volume, page } = await openVolume(t);
  // An rsync that takes its time, in the place of the real one.
  const bin = join(volume.work, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'rsync'), `#!/bin/sh\nexec ${(await must(['which', 'rsync'])).trim()} --bwlimit=2M "$@"\n`);
  chmodSync(join(bin, 'rsync'), 0o755);
  mkdirSync(join(volume.mountpoint, 'films'));
  writeFileSync(join(volume.mountpoint, 'films/long.mkv'), Buffer.alloc(12 << 20, 'x'));
  const shipping = must([process.execPath, volume.program, 'ship', volume.source], {
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  const item = page.locator('#running li[data-slave="copy"]');
  await shows(item, /films/);
  await shows(item, /[1-9](\.\d)? MB of 13 MB in \d objects/);
  await shows(item.locator('.rate'), /MB\/s$/);
  await shows(row(page, 'copy').locator('td[data-label="Throughput"]'), /MB\/s$/);
  await leavePicture(t, page, 'transfer');
  await shipping;
  await page.locator('#no-running').waitFor();
  t.is(await page.locator('#running li').count(), 0);
});

testInBrowser('the journal is filtered by path and operation', async (t) => {
  const { volume, page } = await openVolume(t);
  fill(volume);
  renameSync(join(volume.mountpoint, 'mail/file-0'), join(volume.mountpoint, 'mail/renamed'));
  await shows(page.locator('#records'), /renamed/);
  await page.keyboard.press('/');
  await page.keyboard.type('MAIL/');
  await shows(page.locator('#journal-said'), /^\d+ found in all \d+ records/);
  for (const path of await page.locator('#records td.path').allTextContents()) t.regex(path, /mail\//);
  await page.locator('#journal-operation').selectOption('rename');
  await shows(page.locator('#journal-said'), /^1 found/);
  t.is(await page.locator('#records tr').count(), 1);
  renameSync(join(volume.mountpoint, 'mail/renamed'), join(volume.mountpoint, 'mail/again'));
  writeFileSync(join(volume.mountpoint, 'mail/not-shown'), '');
  await shows(page.locator('#records tr').first(), /mail\/renamed → mail\/again/);
  t.is(await page.locator('#records tr').count(), 2);
  await page.locator('#journal-operation').selectOption('');
  await page.locator('#journal-text').focus();
  await page.keyboard.press('Escape');
  await shows(page.locator('#records'), /photos/);
  await page.getByLabel('Hold').check();
  mkdirSync(join(volume.mountpoint, 'later'));
  await shows(page.locator('#journal-said'), /^held: 1 more since$/);
  t.is(await page.locator('#records').getByText('later').count(), 0);
  await page.getByLabel('Hold').uncheck();
  await shows(page.locator('#records tr').first(), /later/);
});

testInBrowser('the keyboard goes everywhere, and into the treemap', async (t) => {
  const { volume, page } = await openVolume(t);
  await volume.ship();
  fill(volume);
  await shows(page.locator('#treemap'), /photos/);
  const reached = new Set<string>();
  for (let n = 0; n < 30; n++) {
    await page.keyboard.press('Tab');
    const id = await page.evaluate<string>(
      'document.activeElement.id || document.activeElement.dataset.range || document.activeElement.className',
    );
    reached.add(id);
  }
  for (const wanted of [
    'skip',
    'minutes',
    'day',
    'name',
    'dirty-slave',
    'cell directory',
    'journal-text',
    'journal-operation',
    'journal-hold',
  ])
    t.true(reached.has(wanted), `${wanted} in ${[...reached].join(', ')}`);
  const focused = page.locator('#treemap button:focus');
  await page.locator('#treemap button[tabindex="0"]').focus();
  const first = await focused.getAttribute('aria-label');
  await page.keyboard.press('ArrowRight');
  const second = await focused.getAttribute('aria-label');
  t.not(first, second);
  await shows(page.locator('#dirty-detail'), /changed objects?/);
  await page.keyboard.press('ArrowLeft');
  t.is(await focused.getAttribute('aria-label'), first);
  await page.keyboard.press('Enter');
  await page
    .locator('#dirty-path [aria-current]')
    .filter({ hasText: /^(2026|photos)$/ })
    .waitFor();
  // The focus is still in the treemap, whatever it shows now.
  await focused.waitFor();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page
    .locator('#dirty-path [aria-current]')
    .filter({ hasText: /^everything$/ })
    .waitFor();
});

testInBrowser('names that look like markup, or are no text, are only names', async (t) => {
  const { volume, page } = await openVolume(t);
  await volume.ship();
  const markup = '<img src=x onerror=alert(1)>';
  mkdirSync(join(volume.mountpoint, markup));
  writeFileSync(join(volume.mountpoint, markup, '</td><script>alert(1)</script>'.replaceAll('/', '∕')), '');
  writeFileSync(Buffer.concat([Buffer.from(`${volume.mountpoint}/`), Buffer.from([0xff, 0x0a])]), '');
  page.on('dialog', () => t.fail('a script ran'));
  await shows(page.locator('#records'), /\\xff\\x0a/);
  await shows(page.locator('#records'), /<img src=x onerror=alert\(1\)>/);
  await shows(page.locator('#treemap'), /<img src=x/);
  t.is(await page.locator('main img').count(), 0);
  await page.locator('#treemap .directory').first().click();
  await shows(page.locator('#dirty-path [aria-current]'), /<img src=x/);
});

testInBrowser('narrow, nothing is cut off; dark, it is dark', async (t) => {
  const { volume, served } = await openVolume(t);
  await volume.ship();
  fill(volume);
  const narrow = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;
  const page = await openPage(t, served.url, narrow);
  await shows(page.locator('#treemap'), /photos/);
  await shows(row(page, 'copy'), /active/);
  t.is(await page.evaluate<number>('document.documentElement.scrollWidth'), 360);
  for (const id of ['tile-state', 'plot-lag', 'slaves', 'treemap', 'failures', 'journal-text', 'records']) {
    const box = (await page.locator(`#${id}`).boundingBox())!;
    t.true(box.x >= 0 && box.x + box.width <= 360, `${id}: ${JSON.stringify(box)}`);
  }
  const background = 'getComputedStyle(document.body).backgroundColor';
  t.is(await page.evaluate<string>(background), 'rgb(20, 23, 26)');
  await leavePicture(t, page, 'narrow-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  t.is(await page.evaluate<string>(background), 'rgb(245, 245, 242)');
  await leavePicture(t, page, 'narrow-light');
  await page.setViewportSize({ width: 1360, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await leavePicture(t, page, 'wide-dark');
});

testInBrowser('without the token the page asks for it, and keeps it out of the address', async (t) => {
  const { served } = await openVolume(t);
  const page = await openPage(t, new URL('/', served.url).href);
  await page.locator('#token-form').waitFor();
  t.false(await page.locator('#board').isVisible());
  await page.getByLabel('Token').fill('wrong');
  await page.keyboard.press('Enter');
  await shows(page.locator('#token-error'), /This is not the token/);
  await leavePicture(t, page, 'token');
  await page.getByLabel('Token').fill(served.token);
  await page.getByRole('button', { name: 'Open' }).click();
  await shows(page.locator('#link'), /^live$/);
  t.false(page.url().includes(served.token));
  await page.reload();
  await shows(page.locator('#link'), /^live$/);
});

testInBrowser('a server that ends and comes back is found again', async (t) => {
  const volume = await TestVolume.mounted(t);
  const file = join(volume.work, 'token');
  writeFileSync(file, 'a-token-that-stays-the-same', { mode: 0o600 });
  const served = await Served.start(t, volume.source, '--token-file', file);
  const page = await openPage(t, `${served.url}#token=a-token-that-stays-the-same`);
  await shows(page.locator('#link'), /^live$/);
  t.is(await served.talker.end('SIGTERM'), 0);
  await shows(page.locator('#link'), /^connection lost, trying again$/);
  const again = await Served.start(t, volume.source, '--token-file', file, '--listen', `127.0.0.1:${served.port}`);
  t.is(again.port, served.port);
  await shows(page.locator('#link'), /^live$/);
  mkdirSync(join(volume.mountpoint, 'after'));
  await shows(page.locator('#records'), /after/);
  t.false(page.url().includes('token'));
});

testInBrowser('slaves come and go without a reload', async (t) => {
  const { volume, page } = await openVolume(t);
  const other = join(volume.work, 'other');
  mkdirSync(other);
  await volume.markerfs('slave', 'add', volume.source, 'other', other);
  await shows(row(page, 'other'), /initializing/);
  await row(page, 'other').getByRole('button').click();
  await page.locator('#slaves tr.chosen[data-slave="other"]').waitFor();
  await shows(page.locator('#plot-rate-now'), /^other: 0 B\/s$/);
  await volume.markerfs('slave', 'pause', volume.source, 'other');
  await shows(row(page, 'other'), /paused/);
  await volume.markerfs('slave', 'remove', volume.source, 'other');
  await row(page, 'other').waitFor({ state: 'detached' });
  await volume.umount();
  await shows(page.locator('#tile-state'), /^stopped$/);
  await shows(page.locator('#mounted'), /^not mounted$/);
  t.pass();
});
