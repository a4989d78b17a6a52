import { InvalidArgumentError } from 'commander';
import { type DeleteLimit, LIMIT_WANTED, parseDeleteLimit } from '../volume/delete-limit.js';

/** `1000` objects or `10%` of them, besides what was given before; for commander. */
export function readDeleteLimit(text: string, before?: DeleteLimit): DeleteLimit {
  const limit = parseDeleteLimit(text, before);
  if (limit) return limit;
  throw new InvalidArgumentError(`wanted ${LIMIT_WANTED}.`);
}
