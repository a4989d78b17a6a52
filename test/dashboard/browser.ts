import { accessSync, constants, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext, type ImplementationFn } from 'ava';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

function isInstalled(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A test in a browser. It is skipped only where the system has none, which CI's has. */
export function testInBrowser(title: string, implementation: ImplementationFn<[]>): void {
  if (isInstalled() || process.env.CI) test(title, implementation);
  else test.skip(`${title} (no ${PROGRAM})`, implementation);
}

let running: Promise<Browser> | undefined;

/** One browser for a file of tests. */
function browser(): Promise<Browser> {
  // As root it does not start with a sandbox of its own; it opens nothing but our page here.
  running ??= chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox'] });
  return running;
}

test.after.always(async () => {
  await (await running)?.close();
});

/** A token that is refused, a pass that is under way, and a server that was killed are part of some tests. */
const EXPECTED =
  /^Failed to load resource: (net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING)|the server responded with a status of (401|409) )/;

/**
 * Opens an address in a context of its own. Whatever the page complains of (an error, a blocked script, a request to
 * elsewhere) fails the test. `script` runs in it first.
 */
export async function openPage(
  t: ExecutionContext,
  url: string,
  options: BrowserContextOptions = {},
  script = '',
): Promise<Page> {
  const context = await (await browser()).newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const complaints: string[] = [];
  const page = await context.newPage();
  if (script) await page.addInitScript(script);
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text()))
      complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`a request to ${request.url()}`);
  });
  t.teardown(async () => {
    await context.close();
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join('\n')}`);
  });
  await page.goto(url);
  return page;
}

let shots: string | undefined;

/** Leaves a picture of the whole page in a folder that stays, for people to look at. */
export async function leavePicture(t: ExecutionContext, page: Page, name: string): Promise<void> {
  if (process.env.MARKERFS_SHOTS) mkdirSync(process.env.MARKERFS_SHOTS, { recursive: true });
  shots ??= process.env.MARKERFS_SHOTS ?? mkdtempSync('/tmp/markerfs-shots-');
  const path = join(shots, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  t.log(`picture: ${path}`);
}
