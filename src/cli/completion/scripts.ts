import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** What makes the script of each shell. */
export const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
