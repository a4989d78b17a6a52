import type { Command } from 'commander';
import { explain, SOURCE_HELP, type VolumeOptions, withStateDir } from './help.js';
import { say } from './say.js';
import { endSignal } from './signals.js';

interface MetricsOptions extends VolumeOptions {
  readonly listen?: string;
}

/** `markerfs metrics <source>` */
export function addMetrics(program: Command): void {
  const command = program
    .command('metrics')
    .description('print counts and measures for Prometheus')
    .argument('<source>', SOURCE_HELP)
    .option(
      '--listen <place>',
      'serve them at /metrics of ADDRESS:PORT or unix:PATH, until SIGINT or SIGTERM; port 0 is any',
    )
    .action(metrics);
  withStateDir(command);
  explain(
    command,
    [
      'markerfs metrics /data',
      'markerfs metrics /data --listen 127.0.0.1:9737',
      'markerfs metrics /data --listen unix:/run/markerfs-data.sock',
    ],
    `What the daemon counts (operations, their time, marks) is there while the volume is mounted, and
begins anew with each mount; what passes did counts since the slave was added. Operations are
requests of the kernel: what it answers from its caches, and data that it reads and writes itself,
is none. No name of a file is told, but the page is open to whoever reaches the address; a socket is
of mode 0600.`,
  );
}

async function metrics(source: string, { stateDir, listen }: MetricsOptions): Promise<void> {
  const [{ measure }, { metricsText }] = await Promise.all([
    import('../ship/report/measures.js'),
    import('./metrics-text.js'),
  ]);
  const read = async () => metricsText(await measure(source, stateDir));
  if (listen === undefined) {
    process.stdout.write(await read());
    return;
  }
  const { serveMetrics } = await import('./metrics-server.js');
  const signal = endSignal();
  // What cannot be looked at is told now, not to whoever asks first.
  await read();
  const served = await serveMetrics(listen, read);
  say(`Metrics of "${source}": ${served.where}`);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  served.close();
}
