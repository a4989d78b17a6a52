import { byId, setAttribute, setText } from './dom.js';
import { bytes, count, duration, rate, things } from './format.js';
import type { Hello, Now, SlaveNow, VolumeNow } from './messages.js';
import { showState } from './slaves.js';

export function showHello({ source, uuid }: Hello): void {
  setText(byId('source'), source);
  setAttribute(byId('source'), 'title', `volume ${uuid}`);
  document.title = `${source} · markerfs`;
}

/** The head of the page and the tiles: the volume at a glance. */
export function showVolume({ volume, slaves, operations }: Now): void {
  const { mountpoint, state, reason } = volume;
  setText(byId('mounted'), mountpoint === null ? 'not mounted' : `mounted on ${mountpoint}`);
  showState(byId('tile-state'), state, reason);
  setText(byId('tile-state-more'), reason ?? howServed(volume));
  setText(byId('tile-operations'), count(operations));
  const { records, bytes: size, whole } = volume.journal;
  setText(byId('tile-journal'), `${things(records, 'record')}, ${bytes(size)}${whole ? '' : ', not whole'}`);
  showLag(slaves);
  showShipping(slaves);
  showFailures(slaves);
}

function howServed({ engine, passthrough, epoch, pid }: VolumeNow): string {
  if (pid === null) return 'no daemon';
  return `engine ${engine}, ${passthrough ? 'passthrough' : 'no passthrough'}, epoch ${epoch}`;
}

function showLag(slaves: readonly SlaveNow[]): void {
  const behind = slaves.filter(({ lagSeconds }) => lagSeconds !== null);
  const last = behind.reduce<SlaveNow | undefined>(
    (most, one) => ((most?.lagSeconds ?? -1) >= one.lagSeconds! ? most : one),
    undefined,
  );
  const never = slaves.length - behind.length;
  setText(byId('tile-lag'), last ? duration(last.lagSeconds!).replace(/^0\.0 s$/, '0 s') : '–');
  const more = [
    last && last.lagSeconds! > 0 ? last.name : last ? 'all slaves are up to date' : '',
    never > 0 ? `${things(never, 'slave')} without a first pass` : '',
  ];
  setText(byId('tile-lag-more'), more.filter((part) => part !== '').join(', ') || 'no slaves');
}

function showShipping(slaves: readonly SlaveNow[]): void {
  const total = slaves.reduce((sum, slave) => sum + slave.rate, 0);
  const running = slaves.filter((slave) => slave.running !== null).length;
  setText(byId('tile-rate'), rate(total));
  setText(
    byId('tile-rate-more'),
    running === 0 ? 'no pass under way' : running === 1 ? '1 pass under way' : `${running} passes under way`,
  );
}

function showFailures(slaves: readonly SlaveNow[]): void {
  const paths = slaves.reduce((sum, { failures }) => sum + failures, 0);
  const faulty = slaves.filter(({ state }) => state === 'faulty').length;
  setText(byId('tile-failures'), count(paths));
  byId('tile-failures').classList.toggle('bad-text', paths > 0 || faulty > 0);
  setText(
    byId('tile-failures-more'),
    faulty > 0 ? `${things(faulty, 'slave')} faulty` : paths > 0 ? 'to be tried again' : 'no slave is faulty',
  );
}
