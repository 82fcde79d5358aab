import JSONRPC

/// What `completion fish` prints.
enum FishCompletion {
  static func script(_ methods: [Method]) -> String {
    #"""
    # fish completion for \#(Completion.program), printed by: \#(Completion.program) completion fish
    # Prints the command, the method and the parameters that stand before the cursor, one per line.
    function __nats_credentials_bridge_before
        set -l waiting
        for item in (commandline -opc)[2..]
            if set -q waiting[1]
                set waiting
                continue
            end
            switch (string unescape -- $item; or printf '%s' $item)
                case \#(Completion.optionsWithValues.flatMap(\.names).joined(separator: " "))
                    set waiting $item
                case '-*'
                case '*'
                    string replace -r '[:=].*' '' -- $item
            end
        end
    end

    function __nats_credentials_bridge_has_command
        set -l before (__nats_credentials_bridge_before)
        contains -- "$before[1]" $argv
    end

    function __nats_credentials_bridge
        set -l before (__nats_credentials_bridge_before)
        set -l command
        set -l method
        set -q before[1]; and set command $before[1]
        set -q before[2]; and set method $before[2]
        set -l given
        set -q before[3]; and set given $before[3..]
        set -l word (commandline -ct)
        if not set -q command[1]
            printf '%s\t%s\n' \#(list(CommandSpec.all.map { ($0.name, $0.summary) }))
        else if test $command = completion; and not set -q method[1]
            printf '%s\n' \#(Shell.names.joined(separator: " "))
        else if test $command = call; and not set -q method[1]
            printf '%s\t%s\n' \#(list(methods.map { ($0.name, Completion.firstSentence($0.summary)) }))
        else if test $command = call; and string match -q '*=*' -- $word
            set -l prefix (string match -r '^[^=]*=' -- $word)
            set -l value (string replace -- $prefix '' $word | string unescape)
            # A tilde in a variable is only a tilde.
            set value (string replace -r '^~/' $HOME/ -- $value)
            switch $method/(string replace -r '[:=].*' '' -- $word)
    \#(cases(values(methods)))
            end
        else if test $command = call
            set -l params
            switch $method
    \#(cases(methods.filter { !$0.params.isEmpty }.map { ($0.name, "set params \(list($0.params.map(described)))") }))
            end
            for index in (seq 1 2 (count $params))
                contains -- (string replace = '' -- $params[$index]) $given; or printf '%s\t%s\n' $params[$index (math $index + 1)]
            end
        end
    end

    complete -c \#(Completion.program) -f -a '(__nats_credentials_bridge)'
    \#(Option.all.map(line).joined(separator: "\n"))

    """#
  }

  private static func cases(_ cases: [(pattern: String, action: String)]) -> String {
    cases.map { "            case \($0.pattern)\n                \($0.action)" }.joined(separator: "\n")
  }

  private static func list(_ entries: [(String, String)]) -> String {
    entries.map { "\(Completion.quoted($0.0)) \(Completion.quoted($0.1))" }.joined(separator: " ")
  }

  private static func described(_ param: Method.ParamSchema) -> (String, String) { (param.name + "=", Completion.description(of: param)) }

  private static func values(_ methods: [Method]) -> [(String, String)] {
    Completion.values(methods) { words in
      switch words {
      case .anything: nil
      case .these(let words): "printf '%s\\n' \(words.map { "{$prefix}\($0)" }.joined(separator: " "))"
      case .file: "printf '%s\\n' $prefix(__fish_complete_path $value)"
      case .folder: "printf '%s\\n' $prefix(__fish_complete_directories $value)"
      }
    }
  }

  private static func line(_ option: Option) -> String {
    let names = option.names.map { $0.hasPrefix("--") ? "-l \($0.dropFirst(2))" : "-s \($0.dropFirst())" }.joined(separator: " ")
    let value: String
    switch option.words {
    case .these(let words): value = " -x -a \(Completion.quoted(words.joined(separator: " ")))"
    case .file: value = " -r -F"
    case .folder: value = " -x -a '(__fish_complete_directories)'"
    case .anything: value = option.value == nil ? "" : " -x"
    }
    let owner =
      option.command.map { " -n '__nats_credentials_bridge_has_command \(Completion.words(for: $0).joined(separator: " "))'" } ?? ""
    return "complete -c \(Completion.program)\(owner) \(names)\(value) -d \(Completion.quoted(option.summary))"
  }
}
