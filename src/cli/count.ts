import { InvalidArgumentError } from 'commander';

/** A number of things, as an option takes it. */
export function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('wanted a number, such as 1000');
  return Number(text);
}
