import type { VerbOutline } from '../outline.js';
import { keyOf, keysOf, quote, valuedOf, wordsAfter } from './words.js';

/** A completion script for bash. Where it offers nothing, bash offers files. */
export function bashCompletion(verbs: readonly VerbOutline[]): string {
  const valued = valuedOf(verbs);
  const chosen = valued.filter(({ choices }) => choices.length > 0);
  const free = valued.filter(({ choices }) => choices.length === 0);
  return `# bash completion of markerfs, made by "markerfs completion bash"
_markerfs() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=markerfs word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${keysOf(verbs).map(quote).join(' | ')}) at="$at $word" ;;
    esac
  done
  local verbs='' options=''
  case "$at" in
${verbs.map(place).join('\n')}
  esac
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD-1]}" in
${chosen.map(({ key, choices }) => `    ${quote(key)}) verbs=${quote(choices.join(' '))} ;;`).join('\n')}
    ${free.map(({ key }) => quote(key)).join(' | ')}) return ;;
  esac
  [[ $current != -* ]] || verbs=$options
  mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
}
complete -o bashdefault -o default -F _markerfs markerfs
`;
}

function place(verb: VerbOutline): string {
  const verbs = wordsAfter(verb)
    .map(({ name }) => name)
    .join(' ');
  const options = verb.options.flatMap(({ names }) => names).join(' ');
  return `    ${quote(keyOf(verb))}) verbs=${quote(verbs)} options=${quote(options)} ;;`;
}
