#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Syncs an open folder, so that the names in it survive a power cut; false, with `errno`, if that failed. Some file systems (shares of a
/// virtual machine, older CIFS, FUSE) cannot sync a folder and say EINVAL or ENOTSUP: there is nothing more to do there, and nothing failed.
package func syncDirectory(_ descriptor: Int32) -> Bool {
  fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EOPNOTSUPP].contains(errno)
}
