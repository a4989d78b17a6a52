/** What a pass may delete of a slave at once. */
export interface DeleteLimit {
  /** So many objects. */
  readonly objects?: number;
  /** So many of a hundred that the slave has, 1 to 100. */
  readonly percent?: number;
}

export const LIMIT_WANTED = 'a number, such as 1000, or 1% to 100%';

/** `1000` objects or `10%` of them, besides what was given before; undefined where it makes no sense. */
export function parseDeleteLimit(text: string, before: DeleteLimit = {}): DeleteLimit | undefined {
  const [, number = '', percent] = /^(\d{1,15})(%?)$/.exec(text) ?? [];
  if (number !== '' && percent === '') return { ...before, objects: Number(number) };
  if (percent === '%' && Number(number) >= 1 && Number(number) <= 100) return { ...before, percent: Number(number) };
  return undefined;
}

/** The same backwards. */
export function deleteLimitTexts({ objects, percent }: DeleteLimit): string[] {
  return [...(objects === undefined ? [] : [String(objects)]), ...(percent === undefined ? [] : [`${percent}%`])];
}

/** The limit of two that hold together. */
export function strictest(one: DeleteLimit, other: DeleteLimit): DeleteLimit {
  const objects = least(one.objects, other.objects);
  const percent = least(one.percent, other.percent);
  return { ...(objects === undefined ? {} : { objects }), ...(percent === undefined ? {} : { percent }) };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
