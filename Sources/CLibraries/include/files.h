#ifndef NCB_FILES_H
#define NCB_FILES_H

/// Renames inside an open folder unless the new name is taken: 0, or -1 with `errno`. EEXIST is a name that is taken; file systems that
/// cannot do this say EINVAL.
int ncb_rename_without_replacing(int folder, const char *_Nonnull from, const char *_Nonnull to);

#endif
