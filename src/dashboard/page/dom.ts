/** The element of the page with this id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no "${id}"`);
  return element as T;
}

type Attributes = Readonly<Record<string, string>>;

/** A new element. Text is text: nothing that comes from a name becomes markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Changes a text only where it is another one, so that what people have marked stays marked. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setHidden(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** What is at hand, by key: rows stay who they are while their content changes, so that the focus stays where it is. */
export class Keyed<E extends Element> {
  readonly #elements = new Map<string, E>();

  constructor(
    private readonly parent: Element,
    private readonly create: (key: string) => E,
  ) {}

  /** Makes the parent hold exactly these, in this order. */
  show(keys: readonly string[]): E[] {
    const wanted = new Set(keys);
    for (const [key, element] of this.#elements) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#elements.delete(key);
    }
    return keys.map((key, at) => {
      const element = this.#elements.get(key) ?? this.create(key);
      this.#elements.set(key, element);
      if (this.parent.children[at] !== element) this.parent.insertBefore(element, this.parent.children[at] ?? null);
      return element;
    });
  }
}
