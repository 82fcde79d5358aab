import JSONRPC

/// What `completion bash` prints. Needs nothing of the package bash-completion.
enum BashCompletion {
  static func script(_ methods: [Method]) -> String {
    #"""
    # bash completion for \#(Completion.program), printed by: \#(Completion.program) completion bash
    _nats_credentials_bridge() {
      local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} word='' waiting='' command='' method='' given=' ' key='' prefix='' candidates='' item
      local -a before=() params=()
      # bash cuts words at = and : too, so the line is cut once more, at spaces only.
      read -ra before <<< "$line"
      if [[ $line != *[[:space:]] ]]; then
        word=${before[${#before[@]} - 1]}
        unset "before[${#before[@]}-1]"
      fi
      for item in "${before[@]:1}"; do
        if [[ -n $waiting ]]; then
          waiting=''
          continue
        fi
        case $item in
          \#(Completion.optionsWithValues.flatMap(\.names).joined(separator: " | "))) waiting=$item ;;
          -*) ;;
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
    \#(cases(Completion.ownersOfOptions.map { ($0, "candidates+=' \(optionNames(of: $0))'") }))
        esac
      elif [[ -z $command ]]; then
        candidates='\#(CommandForm.all.map(\.name).joined(separator: " "))'
      elif [[ $command == completion && $given == ' ' ]]; then
        candidates='\#(Shell.names.joined(separator: " "))'
      elif [[ $command == call && -z $method ]]; then
        candidates='\#(methods.map(\.name).joined(separator: " "))'
      elif [[ $command == call && $word == *=* ]]; then
        prefix=${word%%=*}=
        key=${word%%[:=]*}
        key=$method/$key
      elif [[ $command == call ]]; then
        case $method in
    \#(cases(methods.filter { !$0.params.isEmpty }.map { ($0.name, "params=(\($0.params.map(\.name).joined(separator: " ")))") }))
        esac
        for item in "${params[@]}"; do
          [[ $given == *" $item "* ]] || candidates+=" $item="
        done
      fi
      word=${word#"$prefix"}
      case $key in
    \#(cases(values(methods)))
      esac
      [[ -z $candidates ]] || mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
      # Where = ends a word for readline, as is usual, what stands before it stays.
      [[ -z $prefix || $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
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
      case .file: #"compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$word")"#
      case .folder: #"compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$word")"#
      }
    }
  }
}
