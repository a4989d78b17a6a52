import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Ship } from '../dashboard/retries.js';
import type { PassResult } from '../ship/commit.js';
import { parseCount } from './count.js';
import { showDuration } from './duration.js';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say, tell } from './say.js';
import { endSignal } from './signals.js';
import { count, showName } from './text.js';

interface DashboardOptions extends VolumeOptions {
  readonly listen: string;
  readonly tokenFile?: string;
  readonly host: readonly string[];
  readonly maxDelete: number;
}

/** `markerfs dashboard <source>` */
export function addDashboard(program: Command): void {
  const command = program
    .command('dashboard')
    .description('serve a page that shows what is going on, live')
    .argument('<source>', SOURCE_HELP)
    .option('--listen <address:port>', 'where to serve it; port 0 is any that is free', '127.0.0.1:8737')
    .option('--token-file <file>', 'the token that opens the page, in a file that only you can read')
    .option(
      '--host <name>',
      'a name that the page is reached by, as behind a proxy; may be repeated',
      (name: string, names: readonly string[]) => [...names, name],
      [],
    )
    .option(
      '--max-delete <number>',
      'a retry that would delete more objects of a slave fails before it does',
      parseCount,
      1000,
    )
    .action(dashboard);
  withStateDir(command);
  explain(
    command,
    [
      'markerfs dashboard /data',
      'markerfs dashboard /data --listen 127.0.0.1:0',
      'markerfs dashboard /data --listen 192.0.2.7:8737 --token-file /etc/markerfs/token',
    ],
    `Prints the page's address, and serves it until SIGINT or SIGTERM. The address holds a token that is
made anew at each start, since other users of this machine reach loopback too; who opens the page
without it is asked for it. With --token-file the token is the one in the file, and is not printed.
Other addresses than loopback take --token-file. The page comes unencrypted: from another machine
use "ssh -L 8737:127.0.0.1:8737 HOST", or put a proxy with TLS in front and give its name as --host.`,
  );
}

async function dashboard(source: string, options: DashboardOptions): Promise<void> {
  const [{ UserError }, { isLoopback, parseAddress }, access, { startDashboard }] = await Promise.all([
    import('../volume/errors.js'),
    import('../dashboard/listen.js'),
    import('../dashboard/access.js'),
    import('../dashboard/server.js'),
  ]);
  const { listen, tokenFile, host: hosts, stateDir } = options;
  const address = parseAddress(listen);
  if (tokenFile === undefined && !isLoopback(address)) {
    throw new UserError(
      `Cannot listen on "${listen}": others than this machine can reach it, and that takes --token-file FILE; make one with: (umask 077; openssl rand -hex 24 >FILE)`,
      2,
    );
  }
  const token = tokenFile === undefined ? access.makeToken() : access.readToken(tokenFile);
  const signal = endSignal();
  const ship: Ship = (volume, slave, end) => shipOnce(volume.source, options, slave, end);
  const served = await startDashboard({ source, stateDir, address, token, hosts, ship });
  if (!isLoopback(address))
    tell('The page is not encrypted on its way; put a proxy with TLS in front of it, or use ssh -L');
  const fragment = tokenFile === undefined ? `#token=${token}` : '';
  say(`Dashboard of "${showName(Buffer.from(source))}": ${served.url}${fragment}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await served.close();
}

/** A pass for one slave, by this program: as its user would make it by hand. */
async function shipOnce(
  source: string,
  { stateDir, maxDelete }: DashboardOptions,
  slave: string,
  cancelSignal: AbortSignal,
): Promise<{ ok: boolean; text: string }> {
  const { execa } = await import('execa');
  const program = fileURLToPath(new URL('main.js', import.meta.url));
  const state = stateDir === undefined ? [] : ['--state-dir', stateDir];
  const args = ['ship', source, '--slave', slave, '--max-delete', String(maxDelete), '--json', ...state];
  const ended = await execa(process.execPath, [program, ...args], { reject: false, stdin: 'ignore', cancelSignal });
  const [line = ''] = ended.stdout.split('\n');
  if (line === '')
    return { ok: false, text: ended.stderr.replace(/^markerfs: /, '') || ended.shortMessage || 'nothing was shipped' };
  const { error, shipped, failed, seconds } = JSON.parse(line) as PassResult;
  if (error !== undefined) return { ok: false, text: error };
  const left = failed > 0 ? `, ${failed} failed again` : '';
  return { ok: failed === 0, text: `${count(shipped, 'object')} shipped${left}, ${showDuration(seconds)}` };
}
