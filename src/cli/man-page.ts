import { EXIT_STATUS } from './help.js';
import type { VerbOutline } from './outline.js';

/** The program's page in section 1, in the macros of man(7), from the same definitions as the help. */
export function manPage(verbs: readonly VerbOutline[]): string {
  const [program] = verbs as [VerbOutline, ...VerbOutline[]];
  return [
    '.TH MARKERFS 1 "" markerfs "User Commands"',
    '.SH NAME',
    `markerfs \\- ${roff(program.description.replace(/^./, (letter) => letter.toLowerCase()))}`,
    '.SH SYNOPSIS',
    ...verbs.filter((verb) => verb.verbs.length === 0 || verb === program).flatMap((verb) => [synopsis(verb), '.br']),
    '.SH COMMANDS',
    ...verbs.flatMap(section),
    '.SH EXIT STATUS',
    ...verbatim(EXIT_STATUS.split('\n').slice(1).join('\n')),
    '',
  ].join('\n');
}

function synopsis({ words, usage }: VerbOutline): string {
  return `\\fB${roff(words.join(' '))}\\fR ${roff(usage)}`;
}

function section(verb: VerbOutline): string[] {
  const { explanation, description } = verb;
  return [
    `.SS ${roff(`${verb.words.join(' ')} ${verb.usage}`)}`,
    `${roff(description)}.`,
    ...verb.arguments.flatMap(({ name, description }) => tagged(`<${name}>`, description)),
    ...verb.options.flatMap(({ flags, description }) => tagged(flags, description)),
    ...(explanation.more === undefined ? [] : verbatim(explanation.more)),
    ...verbatim(explanation.examples.join('\n')),
  ];
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', `\\fB${roff(tag)}\\fR`, roff(text)];
}

/** Lines that stand as they are. */
function verbatim(text: string): string[] {
  return ['.PP', '.nf', ...text.split('\n').map(roff), '.fi'];
}

/** Text in which nothing is a request or an escape. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
