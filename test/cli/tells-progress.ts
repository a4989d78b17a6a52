import { placeOf } from '../../src/cli/progress/place.js';
import { ProgressView, type Shown } from '../../src/cli/progress/view.js';
import { Outlook } from '../../src/ship/report/outlook.js';
import { openVolume } from '../../src/volume/volume.js';

/**
 * Tells how far something is that never ends, and ends after half a second: `tells-progress.js <source> [loop]`. Its
 * standard output says where it took standard error to lead.
 */
const [source = '', loop] = process.argv.slice(2);
const volume = openVolume(source);
const isLoop = loop === 'loop';
const startedMs = Date.now();
let looks = 100;

const look = (): Shown[] => {
  if (Date.now() - startedMs > 500) end();
  looks++;
  const done = { objects: looks, bytes: looks * 1_000_000 };
  const doing = { what: 'copy: walk', startedMs, done, deleted: 7, path: 'a\x1b\xff' };
  return [{ doing, outlook: () => new Outlook(volume, 0) }];
};
const place = placeOf(isLoop);
const view = place === 'pipe' ? undefined : new ProgressView(look, place, { patience: 0, redraw: 10, line: 60 });
process.stdout.write(place);
// Nothing that the view does keeps the program.
const hold = setInterval(() => undefined, 1000);
if (place === 'pipe') end();

function end(): void {
  clearInterval(hold);
  setImmediate(() => view?.end());
}
