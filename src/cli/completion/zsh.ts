import type { VerbOutline } from '../outline.js';
import { keyOf, keysOf, quote, valuedOf, wordsAfter } from './words.js';

/** A completion script for zsh: a file `_markerfs` in fpath, or sourced. */
export function zshCompletion(verbs: readonly VerbOutline[]): string {
  const valued = valuedOf(verbs);
  const chosen = valued.filter(({ choices }) => choices.length > 0);
  const free = valued.filter(({ choices }) => choices.length === 0);
  return `#compdef markerfs
# zsh completion of markerfs, made by "markerfs completion zsh"
_markerfs() {
  local at=markerfs word
  local -a verbs options choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${keysOf(verbs).map(quote).join('|')}) at="$at $word" ;;
    esac
  done
  case "$at" in
${verbs.map(place).join('\n')}
  esac
  case "$at \${words[CURRENT-1]}" in
${chosen.map(({ key, choices }) => `    (${quote(key)}) choices=(${choices.map(quote).join(' ')}); _describe value choices; return ;;`).join('\n')}
    (${free.map(({ key }) => quote(key)).join('|')}) _files; return ;;
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe option options
  else
    (( \${#verbs} )) && _describe verb verbs
    _files
  fi
}
if [[ \${funcstack[1]} == _markerfs ]]; then _markerfs "$@"; else compdef _markerfs markerfs; fi
`;
}

function place(verb: VerbOutline): string {
  const verbs = wordsAfter(verb).map(described);
  const options = verb.options.flatMap(({ names, description }) =>
    names.map((name) => described({ name, description })),
  );
  return `    (${quote(keyOf(verb))}) verbs=(${verbs.join(' ')}) options=(${options.join(' ')}) ;;`;
}

function described({ name, description }: { name: string; description: string }): string {
  return quote(`${name}:${description.replaceAll('\\', '\\\\')}`);
}
