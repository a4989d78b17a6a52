import { styleText } from 'node:util';

/**
 * Colours, where standard output is a terminal that has them and NO_COLOR is not set; plain text elsewhere. What is
 * coloured says the same without.
 */

type Paint = (text: string) => string;

const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(format, text, { stream: process.stdout });

export const strong = paint('bold');
export const faint = paint('dim');
export const good = paint('green');
export const doubtful = paint('yellow');
export const bad = paint('red');
