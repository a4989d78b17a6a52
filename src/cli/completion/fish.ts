import type { OptionOutline, VerbOutline } from '../outline.js';
import { keyOf, keysOf, wordsAfter } from './words.js';

/** A completion script for fish. */
export function fishCompletion(verbs: readonly VerbOutline[]): string {
  return `# fish completion of markerfs, made by "markerfs completion fish"
function __markerfs_at
    set -l at markerfs
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at $word"
            case ${keysOf(verbs).map(quote).join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
${verbs.flatMap(lines).join('\n')}
`;
}

function lines(verb: VerbOutline): string[] {
  const here = `complete -c markerfs -n ${quote(`__markerfs_at ${keyOf(verb)}`)}`;
  return [
    ...wordsAfter(verb).map(({ name, description }) => `${here} -a ${name} -d ${quote(description)}`),
    ...verb.options.map((option) => `${here} ${flags(option)} -d ${quote(option.description)}`),
  ];
}

function flags({ names, takesValue, choices }: OptionOutline): string {
  const given = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : '';
  return given.join(' ') + value;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
