import JSONRPC

/// What `completion bash` prints. Needs nothing of the package bash-completion.
enum BashCompletion {
  static func script(_ methods: [Method]) -> String {
    #"""
    # bash completion for \#(Completion.program), printed by: \#(Completion.program) completion bash
    ((BASH_VERSINFO[0] >= 4)) || return 0
    # bash has cut the line into words also at = and :, and has kept the quotes. Here the pieces that no space parts are one word again, up to
    # the cursor, and quotes are taken away.
    _nats_credentials_bridge_words() {
      local rest=${COMP_LINE:0:COMP_POINT} piece gap i
      words=()
      for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${rest%%[![:space:]]*}
        rest=${rest#"$gap"}
        piece=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || piece=$rest
        rest=${rest#"$piece"}
        piece=${piece//[\'\"\\]/}
        if ((i == 0)) || [[ -n $gap ]]; then
          words+=("$piece")
        else
          words[${#words[@]} - 1]+=$piece
        fi
      done
    }
    _nats_credentials_bridge_paths() {
      local i
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
      # Where = ends no word, readline looks for a folder of the name key=…, and finds none.
      [[ -n $prefix && $kept != "$prefix"* ]] || return
      for i in "${!COMPREPLY[@]}"; do
        [[ ! -d ${COMPREPLY[i]} ]] || COMPREPLY[i]+=/
      done
      [[ ${COMPREPLY[0]-} != */ ]] || compopt -o nospace
    }
    _nats_credentials_bridge() {
      local IFS=$' \t\n' word waiting='' command='' method='' given=' ' key='' prefix='' candidates='' kept item
      local -a words params=()
      _nats_credentials_bridge_words
      word=${words[${#words[@]} - 1]}
      for item in "${words[@]:1:${#words[@]}-2}"; do
        if [[ -n $waiting ]]; then
          waiting=''
          continue
        fi
        case $item in
          \#(Completion.optionsWithValues.flatMap(\.names).joined(separator: " | ")) | *[\<\>]) waiting=$item ;;
          -* | *[\<\>]*) ;;
          *)
            if [[ -z $command ]]; then
              command=$item
            elif [[ $command == call && -z $method ]]; then
              method=$item
            else
              given+="${item%%[:=]*} "
            fi
            ;;
        esac
      done
      COMPREPLY=()
      if [[ -n $waiting ]]; then
        key=$waiting
      elif [[ $word == --*=* ]]; then
        key=${word%%=*} prefix=${word%%=*}=
      elif [[ $word == -* ]]; then
        candidates='\#(optionNames(of: nil))'
        case $command in
    \#(cases(Completion.ownersOfOptions.map { (Completion.words(for: $0).joined(separator: " | "), "candidates+=' \(optionNames(of: $0))'") }))
        esac
      elif [[ -z $command ]]; then
        candidates='\#(CommandSpec.all.map(\.name).joined(separator: " "))'
      elif [[ $command == completion && $given == ' ' ]]; then
        candidates='\#(Shell.names.joined(separator: " "))'
      elif [[ $command == call && -z $method ]]; then
        candidates='\#(methods.map(\.name).joined(separator: " "))'
      elif [[ $command == call && $word == *=* ]]; then
        key=$method/${word%%[:=]*} prefix=${word%%=*}=
      elif [[ $command == call ]]; then
        case $method in
    \#(cases(methods.filter { !$0.params.isEmpty }.map { ($0.name, "params=(\($0.params.map(\.name).joined(separator: " ")))") }))
        esac
        for item in "${params[@]}"; do
          [[ $given == *" $item "* ]] || candidates+=" $item="
        done
      fi
      kept=${2//[\'\"\\]/}
      kept=${word%"$kept"}
      word=${word#"$prefix"}
      case $key in
    \#(cases(values(methods)))
      esac
      [[ -z $candidates ]] || mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
      # readline replaces only what stands behind the last of its own word breaks.
      COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
      COMPREPLY=("${COMPREPLY[@]#"$kept"}")
      [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
    }
    complete -F _nats_credentials_bridge \#(Completion.program)

    """#
  }

  private static func cases(_ cases: [(pattern: String, action: String)]) -> String {
    cases.map { "      \($0.pattern)) \($0.action) ;;" }.joined(separator: "\n")
  }

  private static func optionNames(of command: String?) -> String {
    Completion.options(of: command).flatMap(\.names).joined(separator: " ")
  }

  private static func values(_ methods: [Method]) -> [(String, String)] {
    Completion.values(methods) { words in
      switch words {
      case .anything: nil
      case .these(let words): "candidates='\(words.joined(separator: " "))'"
      case .file: "_nats_credentials_bridge_paths -f"
      case .folder: "_nats_credentials_bridge_paths -d"
      }
    }
  }
}
