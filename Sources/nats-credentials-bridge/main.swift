import CLibraries
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Before anything else can go wrong.
ncb_process_hush()
StandardStreams.fillClosed()
do throws(Options.Problem) {
  Program.run(try Options.arguments())
} catch {
  StandardError.write(error.message)
  exit(error.exitStatus)
}
