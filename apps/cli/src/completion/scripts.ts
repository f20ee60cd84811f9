export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * What a shell reads at its start. The script asks the command itself what may come next, so that it stays right when commands change. It
 * sends the words behind the name of the command; the word under the cursor is the last.
 */
export const scriptOf: Readonly<Record<Shell, string>> = {
  // Bash leaves words quoted, and also cuts them at : = @, which names and URLs hold: pieces with no space between them are one word
  // again. What it puts in place is the last piece alone, without what stands before its last : or =.
  bash: `_sluice() {
  local line piece word rest=$COMP_LINE name=1
  local -a words=()
  COMPREPLY=()
  for piece in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    line=\${rest#"\${rest%%[![:space:]]*}"}
    if [[ $line != "$rest" || \${#words[@]} == 0 ]]; then
      words+=("$piece")
    else
      words[\${#words[@]}-1]+=$piece
    fi
    rest=\${line#"$piece"}
  done
  word=\${words[\${#words[@]}-1]}
  for piece in "\${!words[@]}"; do
    case \${words[piece]} in
      \\"*) line=\${words[piece]#\\"} words[piece]=\${line%\\"} ;;
      "'"*) line=\${words[piece]#"'"} words[piece]=\${line%"'"} ;;
      *) words[piece]=\${words[piece]//\\\\/} ;;
    esac
  done
  [[ \${words[0]} == npx ]] && name=2
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
    else
      line=\${line%%$'\\t'*}
      line=\${line#"\${word%"\${word##*[:=]}"}"}
      [[ $word == [\\"\\']* ]] || printf -v line %q "$line"
      COMPREPLY+=("$line")
    fi
  done < <("\${words[@]:0:name}" __complete "\${words[@]:name}" 2>/dev/null)
}
_npx_sluice() {
  COMPREPLY=()
  if [[ \${COMP_WORDS[1]} == sluice && COMP_CWORD -gt 1 ]]; then _sluice; else compopt -o default 2>/dev/null; fi
}
complete -F _sluice sluice
complete -F _npx_sluice npx
`,
  zsh: `#compdef sluice
_sluice() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe sluice found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`,
  fish: `function __sluice_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$found" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c sluice -f -a '(__sluice_complete)'
`,
}
