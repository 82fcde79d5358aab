#ifndef NCB_PROBLEM_H
#define NCB_PROBLEM_H

/// Why a library cannot be used. It and its texts are valid until the next attempt of the same thread.
struct ncb_library_problem {
  /// It is not on this machine; else it is there and unusable.
  int is_missing;
  /// Where it is; null where that is not known.
  const char *_Nullable path;
  /// What the dynamic loader or the library said.
  const char *_Nonnull message;
};

#endif
