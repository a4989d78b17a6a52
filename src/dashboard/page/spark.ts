const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 120;
const HEIGHT = 24;
const STEPS = 60;

/** A small line over time, without axes. */
export function makeSpark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('class', 'spark');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  return svg;
}

/** Draws values over the span that ends now: the largest value of each step, so that no peak is lost. */
export function drawSpark(
  svg: SVGSVGElement,
  timesMs: readonly number[],
  values: readonly (number | null)[],
  spanMs: number,
): void {
  const endMs = timesMs.at(-1) ?? 0;
  const steps = new Array<number | undefined>(STEPS + 1).fill(undefined);
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    const step = STEPS - Math.round(((endMs - timesMs[at]!) / spanMs) * STEPS);
    if (step >= 0) steps[step] = Math.max(steps[step] ?? 0, value);
  }
  const most = steps.reduce<number>((sofar, value) => Math.max(sofar, value ?? 0), 0) || 1;
  const points = steps.flatMap((value, step) => {
    if (value === undefined) return [];
    return `${((step / STEPS) * WIDTH).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`;
  });
  svg.firstElementChild!.setAttribute('d', points.length > 1 ? `M${points.join('L')}` : '');
}
