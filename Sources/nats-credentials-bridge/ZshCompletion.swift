import JSONRPC

/// What `completion zsh` prints: a file for `fpath`, which may as well be sourced.
enum ZshCompletion {
  static func script(_ methods: [Method]) -> String {
    #"""
    #compdef \#(Completion.program)
    # zsh completion for \#(Completion.program), printed by: \#(Completion.program) completion zsh
    _nats-credentials-bridge() {
      local item waiting command method key
      local -a given candidates
      # What is escaped or quoted on the line is compared as it is meant.
      for item in "${(@Q)words[2,CURRENT-1]}"; do
        if [[ -n $waiting ]]; then
          waiting=''
          continue
        fi
        case $item in
          (\#(Completion.optionsWithValues.flatMap(\.names).joined(separator: "|"))) waiting=$item ;;
          (-*) ;;
          (*)
            if [[ -z $command ]]; then
              command=$item
            elif [[ $command == call && -z $method ]]; then
              method=$item
            else
              given+=("${item%%[:=]*}")
            fi
            ;;
        esac
      done
      if [[ -n $waiting ]]; then
        key=$waiting
      elif [[ $PREFIX == --*=* ]]; then
        key=${PREFIX%%=*}
        compset -P 1 '*='
      elif [[ $PREFIX == -* ]]; then
        candidates=(\#(list(Completion.options(of: nil).flatMap(described))))
        case $command in
    \#(cases(Completion.ownersOfOptions.map { (Completion.words(for: $0).joined(separator: "|"), "candidates+=(\(list(Completion.options(of: $0).flatMap(described))))") }))
        esac
        _describe -t options option candidates
        return
      elif [[ -z $command ]]; then
        candidates=(\#(list(CommandSpec.all.map { ($0.name, $0.summary) })))
        _describe -t commands command candidates
        return
      elif [[ $command == completion && $#given == 0 ]]; then
        candidates=(\#(Shell.names.joined(separator: " ")))
      elif [[ $command == call && -z $method ]]; then
        candidates=(
    \#(methods.map { "      \(entry($0.name, Completion.firstSentence($0.summary)))" }.joined(separator: "\n"))
        )
        _describe -t methods method candidates
        return
      elif [[ $command == call && $PREFIX == *=* ]]; then
        key=$method/${PREFIX%%[:=]*}
        compset -P 1 '*='
      elif [[ $command == call ]]; then
        case $method in
    \#(cases(methods.filter { !$0.params.isEmpty }.map { ($0.name, "candidates=(\(list($0.params.map(described))))") }))
        esac
        for item in $given; do
          candidates=("${(@)candidates:#$item=:*}")
        done
        _describe -t parameters parameter candidates -S ''
        return
      fi
      case $key in
    \#(cases(values(methods)))
      esac
      (( $#candidates )) && _describe -t values value candidates
    }
    # In a file of fpath this is the function's body; sourced, it is a definition.
    if [[ ${funcstack[1]-} == _nats-credentials-bridge ]]; then
      _nats-credentials-bridge "$@"
    else
      compdef _nats-credentials-bridge \#(Completion.program)
    fi

    """#
  }

  private static func cases(_ cases: [(pattern: String, action: String)]) -> String {
    cases.map { "      (\($0.pattern)) \($0.action) ;;" }.joined(separator: "\n")
  }

  private static func list(_ entries: [(String, String)]) -> String { entries.map(entry).joined(separator: " ") }

  private static func entry(_ name: String, _ summary: String) -> String { Completion.quoted("\(name):\(summary)") }

  private static func described(_ option: Option) -> [(String, String)] { option.names.map { ($0, option.summary) } }

  private static func described(_ param: Method.ParamSchema) -> (String, String) { (param.name + "=", Completion.description(of: param)) }

  private static func values(_ methods: [Method]) -> [(String, String)] {
    Completion.values(methods) { words in
      switch words {
      case .anything: nil
      case .these(let words): "candidates=(\(words.joined(separator: " ")))"
      case .file: "_files; return"
      case .folder: "_files -/; return"
      }
    }
  }
}
