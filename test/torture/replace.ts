/** Replacing methods of classes of the program, in a test build. */

export type Method = (this: unknown, ...args: unknown[]) => unknown;
type Type = { readonly name: string; readonly prototype: object };

export function replace(type: Type, name: string, by: (old: Method) => Method): void {
  replaceIn(type.prototype, name, by);
}

/** The same for a function in any object: a static method, or a table of functions. */
export function replaceIn(target: object, name: string, by: (old: Method) => Method): void {
  const methods = target as Record<string, Method>;
  const old = methods[name];
  if (old === undefined) throw new Error(`Cannot replace "${name}": there is no such method`);
  methods[name] = by(old);
}

/** The methods of a class's prototype, or of the class itself. */
export function methodsOf(target: object): string[] {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(target));
  return descriptors
    .filter(([name, { value }]: [string, PropertyDescriptor]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name);
}

const pause = new Int32Array(new SharedArrayBuffer(4));

const STEP_MS = 20;

/** Holds this thread up, unless it is enough before: makes room for what must not happen in between. */
export function linger(ms: number, isEnough = () => false): void {
  for (let left = ms; left > 0 && !isEnough(); left -= STEP_MS) Atomics.wait(pause, 0, 0, Math.min(left, STEP_MS));
}
