import { byId, make, setText } from './dom.js';
import { duration, things } from './format.js';
import type { DirtyNode, DirtyTree, Look, SlaveNow } from './messages.js';
import { type HierarchyRectangularNode, hierarchy, treemap } from './vendor/d3-hierarchy.js';

type Cell = HierarchyRectangularNode<DirtyNode>;

/** How long something waits, in steps: the older, the stronger the colour. */
const AGES: readonly (readonly [seconds: number, label: string])[] = [
  [60, '< 1 min'],
  [600, '< 10 min'],
  [3600, '< 1 h'],
  [86_400, '< 1 day'],
  [Number.POSITIVE_INFINITY, 'older'],
];

const HEAD = 20;

/** The dirty tree: areas by the number of changed objects, colours by the age of the oldest change. */
export class Treemap {
  readonly #place = byId('treemap');
  readonly #choice = byId<HTMLSelectElement>('dirty-slave');
  #shown: DirtyTree | undefined;
  /** Where people want to look: what is shown may still be the directory before. */
  #path = '';
  #focused: string | undefined;

  constructor(private readonly onLook: (dirty: Look['dirty']) => void) {
    this.#choice.append(make('option', { value: '' }, 'furthest behind'));
    this.#choice.addEventListener('change', () => this.#look(''));
    this.#place.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#draw()).observe(this.#place);
    byId('ages').append(...AGES.map(([, label], age) => make('span', { 'data-age': String(age) }, label)));
  }

  offer(slaves: readonly SlaveNow[]): void {
    const names = slaves.map(({ name }) => name);
    const options = [...this.#choice.options].slice(1);
    if (options.map(({ value }) => value).join('\n') === names.join('\n')) return;
    const { value } = this.#choice;
    for (const option of options) option.remove();
    this.#choice.append(...names.map((name) => make('option', { value: name }, name)));
    this.#choice.value = names.includes(value) ? value : '';
  }

  draw(tree: DirtyTree): void {
    this.#shown = tree;
    this.#draw();
  }

  #look(path: string): void {
    const slave = this.#choice.value === '' ? null : this.#choice.value;
    this.#path = path;
    this.onLook({ slave, path });
  }

  #draw(): void {
    const tree = this.#shown;
    if (!tree) return;
    this.#drawPath(tree);
    const hadFocus = this.#place.contains(document.activeElement);
    this.#place.classList.toggle('none', !tree.tree);
    const cells = tree.tree ? layOut(tree.tree, this.#place.clientWidth, this.#place.clientHeight) : [];
    const nowMs = Date.now();
    this.#place.replaceChildren(...cells.map((cell) => this.#make(cell, nowMs)));
    if (!tree.tree) this.#place.append(make('p', { class: 'empty' }, emptyText(tree)));
    const buttons = this.#buttons();
    const focused = buttons.find(({ dataset }) => dataset.key === this.#focused) ?? buttons[0];
    if (focused) focused.tabIndex = 0;
    if (hadFocus) (focused ?? byId('dirty-head')).focus();
    else setText(byId('dirty-detail'), tree.tree ? describe(tree.tree, nowMs, tree.slave) : '');
  }

  #drawPath({ path, shown }: DirtyTree): void {
    const names = shown === '' ? [] : shown.split('/');
    const steps = path === '' ? [] : path.split('/');
    const root = this.#crumb('everything', '', steps.length === 0);
    // An escape may stand for a byte, never for a slash: both have as many names.
    const crumbs = steps.map((_, at) =>
      this.#crumb(names[at] ?? '', steps.slice(0, at + 1).join('/'), at === steps.length - 1),
    );
    byId('dirty-path').replaceChildren(root, ...crumbs);
  }

  #crumb(text: string, path: string, isLast: boolean): HTMLElement {
    if (isLast) return make('span', { 'aria-current': 'location' }, text);
    const button = make('button', { type: 'button', class: 'plain' }, text);
    button.addEventListener('click', () => this.#look(path));
    return button;
  }

  #make(cell: Cell, nowMs: number): HTMLElement {
    const { data, x0, y0, x1, y1 } = cell;
    const isHead = cell.children !== undefined;
    const name = data.name ?? (data.files ? 'files' : 'smaller ones');
    const key = cell
      .ancestors()
      .map((one) => one.data.name ?? '*')
      .reverse()
      .filter((one) => one !== '')
      .join('/');
    const text = make('span', {}, name, make('small', {}, ` ${atLeast(data)}`));
    const element = isHead
      ? make('div', { class: 'cell head', 'data-age': String(ageOf(data, nowMs)) }, text)
      : make(
          'button',
          { type: 'button', class: 'cell', tabindex: '-1', 'data-key': key, 'data-age': String(ageOf(data, nowMs)) },
          text,
        );
    element.classList.toggle('tiny', x1 - x0 < 36 || y1 - y0 < 18);
    element.setAttribute('title', describe(data, nowMs, null));
    if (!isHead) element.setAttribute('aria-label', `${key}: ${describe(data, nowMs, null)}`);
    element.style.translate = `${x0}px ${y0}px`;
    element.style.width = `${x1 - x0}px`;
    element.style.height = `${isHead ? HEAD : y1 - y0}px`;
    if (data.path !== null) {
      const { path } = data;
      element.classList.add('directory');
      element.addEventListener('click', () => this.#look(path));
    }
    element.addEventListener('focus', () => {
      this.#focused = key;
      for (const button of this.#buttons()) button.tabIndex = button === element ? 0 : -1;
      setText(byId('dirty-detail'), `${key}: ${describe(data, Date.now(), null)}`);
    });
    return element;
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.#place.querySelectorAll('button')];
  }

  #onKey(event: KeyboardEvent): void {
    const path = this.#path;
    if ((event.key === 'Backspace' || event.key === 'Escape') && path !== '') {
      event.preventDefault();
      this.#look(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
      return;
    }
    const direction = ARROWS[event.key];
    const from = document.activeElement;
    if (!direction || !(from instanceof HTMLButtonElement)) return;
    event.preventDefault();
    nearest(from, this.#buttons(), direction)?.focus();
  }
}

function layOut(root: DirtyNode, width: number, height: number): Cell[] {
  const nodes = hierarchy(root, ({ children }) => (children.length > 0 ? children : undefined))
    // A tree that is cut counts at least what is seen of it, so leaves alone are counted.
    .sum(({ children, objects }) => (children.length > 0 ? 0 : objects))
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  prune(nodes, width * height);
  const laid = treemap<DirtyNode>()
    .size([width, height])
    .round(true)
    .paddingInner(2)
    .paddingTop((node) => (node.depth === 0 ? 0 : HEAD))(nodes);
  return laid
    .descendants()
    .filter((node) => (node.depth > 0 || !node.children) && node.x1 - node.x0 > 1 && node.y1 - node.y0 > 1);
}

/** What would be too small to be opened up is drawn as one. */
function prune(root: ReturnType<typeof hierarchy<DirtyNode>>, area: number): void {
  const total = root.value || 1;
  root.eachBefore((node) => {
    const own = ((node.value ?? 0) / total) * area;
    const tooSmall = own < 9000 || own / (node.children?.length ?? 1) < 1200;
    if (node.depth > 0 && (tooSmall || node.depth >= 2)) delete node.children;
  });
}

const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The button that lies in a direction, the straightest and nearest. */
function nearest(
  from: HTMLButtonElement,
  buttons: readonly HTMLButtonElement[],
  [dx, dy]: readonly [number, number],
): HTMLButtonElement | undefined {
  const [fromX, fromY] = centre(from);
  let best: HTMLButtonElement | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const button of buttons) {
    const [x, y] = centre(button);
    const along = (x - fromX) * dx + (y - fromY) * dy;
    const aside = Math.abs((x - fromX) * dy) + Math.abs((y - fromY) * dx);
    const distance = along + 2 * aside;
    if (button !== from && along > 1 && distance < least) [best, least] = [button, distance];
  }
  return best;
}

function centre(button: HTMLElement): [number, number] {
  const { left, top, width, height } = button.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}

function ageOf({ oldestMs }: DirtyNode, nowMs: number): number {
  if (oldestMs === 0) return AGES.length - 1;
  return AGES.findIndex(([seconds]) => (nowMs - oldestMs) / 1000 < seconds);
}

function atLeast({ objects, cut }: DirtyNode): string {
  return `${objects.toLocaleString('en-US')}${cut ? '+' : ''}`;
}

function describe(node: DirtyNode, nowMs: number, slave: string | null): string {
  const { objects, oldestMs, newestMs, whole, cut } = node;
  const newest = duration(Math.max(0, nowMs - newestMs) / 1000);
  const oldest = duration(Math.max(0, nowMs - oldestMs) / 1000);
  const when =
    oldestMs === 0
      ? 'never shipped'
      : newest === oldest
        ? `changed ${newest} ago`
        : `changed ${newest} to ${oldest} ago`;
  const waits = slave === null ? '' : objects === 1 ? ` waits for ${slave}` : ` wait for ${slave}`;
  const moved = whole ? ', moved as a whole' : '';
  return `${cut ? 'at least ' : ''}${things(objects, 'changed object')}${waits}, ${when}${moved}`;
}

function emptyText({ slave, reason }: DirtyTree): string {
  if (reason !== null) return reason;
  return slave === null
    ? 'No slaves, so nothing waits.'
    : `Nothing waits for ${slave}: no mark is later than its sync point.`;
}
