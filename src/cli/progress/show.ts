import { firstGlance, type Glance } from '../../ship/glance.js';
import type { Rehearsal } from '../../ship/rehearsal.js';
import type { BytePath } from '../../slave/path.js';
import type { Volume } from '../../volume/volume.js';
import { PATIENCE_MS } from './patience.js';
import { placeOf } from './place.js';
import type { Rehearsed } from './shown.js';
import type { Look, ProgressView } from './view.js';

/** What is shown until it is told to end. */
export interface Showing {
  end(): void;
}

/** Shows how far the passes of this process are. `isLoop`: see {@link placeOf}. */
export function showPasses(volume: Volume, isLoop = false): Showing {
  return show(async () => {
    const { shownPasses } = await import('./shown.js');
    return () => shownPasses(volume);
  }, isLoop);
}

/**
 * Shows how far something is that looks at everything at and below a path of the source and reads this share of the
 * content, 0 to 1; it tells of itself in the `glance`.
 */
export function showLook(
  volume: Volume,
  what: string,
  all: { readonly top?: BytePath; readonly share?: number },
): Showing & { readonly glance: Glance } {
  const glance = firstGlance();
  const startedMs = Date.now();
  const showing = show(async () => {
    const { shownLook } = await import('./shown.js');
    return () => [shownLook(volume, what, startedMs, glance, all)];
  });
  return { ...showing, glance };
}

/** Shows how far dry runs are, from the beginning to the end of each. */
export function showRehearsals(volume: Volume): Showing & Pick<Rehearsal, 'begin'> {
  const running = new Set<Rehearsed>();
  const showing = show(async () => {
    const { shownRehearsal } = await import('./shown.js');
    return () => [...running].map((rehearsed) => shownRehearsal(volume, rehearsed));
  });
  const begin: Rehearsal['begin'] = (slave, sinceUs, glance) => {
    const rehearsed = { slave, sinceUs, glance, startedMs: Date.now() };
    running.add(rehearsed);
    return () => running.delete(rehearsed);
  };
  return { ...showing, begin };
}

/** Until something is long, nothing is loaded for it. */
function show(load: () => Promise<Look>, isLoop = false): Showing {
  const place = placeOf(isLoop);
  if (place === 'pipe') return { end: () => undefined };
  let view: ProgressView | undefined;
  let isEnded = false;
  const begin = async (): Promise<void> => {
    const [{ ProgressView }, look] = await Promise.all([import('./view.js'), load()]);
    if (!isEnded) view = new ProgressView(look, place);
  };
  const timer = setTimeout(() => void begin(), PATIENCE_MS).unref();
  return {
    end: () => {
      isEnded = true;
      clearTimeout(timer);
      view?.end();
    },
  };
}
