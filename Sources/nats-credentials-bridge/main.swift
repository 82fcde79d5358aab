import CLibraries

// Before anything else can go wrong.
ncb_process_hush()
Program.run(Array(CommandLine.arguments.dropFirst()))
