import { byId, setText } from './dom.js';
import { clock, count, duration, moment, rate } from './format.js';
import type { Series } from './series.js';
import { colour, onTheme } from './theme.js';
import uPlot from './vendor/uplot.js';

const HEIGHT = 168;
const FONT = '11px system-ui, sans-serif';

interface PlotOptions {
  readonly id: string;
  readonly show: (value: number) => string;
  /** The plot goes up to this at least. */
  readonly least: number;
  /** Steps of its axis, where those of ten do not fit. */
  readonly steps?: readonly number[];
  /** Its lines by name; a plot without names has one. */
  readonly columns: (series: Series) => ReadonlyMap<string, (number | null)[]>;
}

/** One plot: all slaves in a quiet colour, the chosen one in a clear one. */
class Plot {
  readonly #place: HTMLElement;
  readonly #now: HTMLElement;
  #names: readonly string[] = [];
  #plot: uPlot | undefined;
  #chosen: string | undefined;

  constructor(private readonly options: PlotOptions) {
    this.#place = byId(options.id);
    this.#now = byId(`${options.id}-now`);
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#place);
  }

  draw(series: Series, chosen: string | undefined): void {
    const columns = this.options.columns(series);
    const names = [...columns.keys()];
    if (this.#chosen !== chosen || names.join('\n') !== this.#names.join('\n')) this.#build(names, chosen);
    const data = [
      series.timesMs.map((timeMs) => timeMs / 1000),
      ...this.#order(names).map((name) => columns.get(name)!),
    ];
    this.#plot?.setData(data as uPlot.AlignedData, false);
    const endS = (series.timesMs.at(-1) ?? Date.now()) / 1000;
    this.#plot?.batch(() => {
      this.#plot?.setScale('x', { min: endS - series.shownMs / 1000, max: endS });
      this.#plot?.setScale('y', range(data.slice(1) as (number | null)[][], this.options.least));
    });
    this.#say();
  }

  restyle(): void {
    this.#plot?.redraw(false, true);
  }

  /** The chosen one last, so that it lies on top. */
  #order(names: readonly string[]): string[] {
    return [...names.filter((name) => name !== this.#chosen), ...names.filter((name) => name === this.#chosen)];
  }

  #build(names: readonly string[], chosen: string | undefined): void {
    this.#plot?.destroy();
    this.#names = names;
    this.#chosen = chosen;
    const lines = this.#order(names).map((name): uPlot.Series => {
      const clear = name === chosen || names.length === 1;
      return {
        label: name,
        stroke: () => colour(clear ? 'line' : 'line-quiet'),
        width: clear ? 1.8 : 1,
        ...(clear ? { fill: () => colour('line-fill') } : {}),
        points: { show: false },
      };
    });
    const axis = {
      stroke: () => colour('quiet'),
      font: FONT,
      ticks: { show: false },
      grid: { stroke: () => colour('grid'), width: 1 },
    };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        padding: [8, 26, 0, 0],
        legend: { show: false },
        scales: { x: { time: true }, y: { auto: false } },
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, focus: { prox: 24 } },
        focus: { alpha: 1 },
        series: [{}, ...lines],
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 22,
            values: (_plot, splits) => splits.map((at) => timeLabel(at, splits)),
          },
          {
            ...axis,
            size: 62,
            values: (_plot, splits) => splits.map((value) => this.options.show(value)),
            ...(this.options.steps ? { incrs: [...this.options.steps, ...DAYS] } : {}),
          },
        ],
        hooks: { setCursor: [() => this.#say()] },
      },
      [[]] as unknown as uPlot.AlignedData,
      this.#place,
    );
  }

  /** The value under the pointer, or the last one, in words. */
  #say(): void {
    const plot = this.#plot;
    if (!plot) return;
    const under = plot.cursor.idx;
    const at = under ?? plot.data[0].length - 1;
    const line = plot.data.length - 1;
    const value = line > 0 ? plot.data[line]?.[at] : undefined;
    const name =
      this.#names.length > 0 && this.#chosen !== undefined && this.options.id !== 'plot-operations'
        ? `${this.#chosen}: `
        : '';
    const when = under === null || under === undefined ? '' : ` at ${moment((plot.data[0][at] ?? 0) * 1000)}`;
    setText(this.#now, value === undefined || value === null ? '' : `${name}${this.options.show(value)}${when}`);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(160, this.#place.clientWidth), height: HEIGHT };
  }
}

/** With seconds only where the steps are less than a minute. */
function timeLabel(atS: number, [first = 0, second = 60]: readonly number[]): string {
  return clock(atS * 1000).slice(0, second - first < 60 ? 8 : 5);
}

/** From zero to a little more than the largest value: an idle volume draws a calm line at the bottom. */
function range(columns: (number | null)[][], least: number): { min: number; max: number } {
  let most = least / 1.12;
  for (const column of columns) for (const value of column) if (value !== null && value > most) most = value;
  return { min: 0, max: most * 1.12 };
}

/** What people divide time by. */
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200];

const DAYS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000].map((days) => days * 86_400);

/** The three plots. */
export class Plots {
  readonly #plots = [
    new Plot({
      id: 'plot-operations',
      show: count,
      least: 5,
      columns: ({ operations }) => new Map([['operations', operations]]),
    }),
    new Plot({ id: 'plot-lag', show: shortDuration, least: 5, steps: SECONDS, columns: ({ lag }) => lag }),
    new Plot({ id: 'plot-rate', show: rate, least: 1000, columns: (series) => series.rate }),
  ];

  constructor() {
    onTheme(() => {
      for (const plot of this.#plots) plot.restyle();
    });
  }

  draw(series: Series, chosen: string | undefined): void {
    for (const plot of this.#plots) plot.draw(series, chosen);
  }
}

/** Without what is nought: `2 min`, not `2 min 0 s`. */
function shortDuration(seconds: number): string {
  return duration(seconds)
    .replace(/^(\d)\.0 s$/, '$1 s')
    .replace(/(\D) 0 (s|min|h)$/, '$1');
}
