#!/bin/sh
# Installs nats-credentials-bridge from the files of a release, below a folder of yours, without root. Nothing is installed whose sum is not the one
# in SHA256SUMS.
#   sh install.sh [--prefix DIR] [--from PLACE]   PLACE has the files: a folder (that of this script), or where https:// leads to
#   sh install.sh --remove [--prefix DIR]         DIR is ~/.local
set -eu

name=nats-credentials-bridge

stop() { printf 'install.sh: %s\n' "$1" >&2; exit 1; }

# FILE FOLDER: brings it there.
bring() {
  case $from in
    https://*)
      # Not wget, which follows a redirect to http.
      command -v curl > /dev/null || stop "there is no curl, which brings $from/$1; it is in Debian's package curl"
      curl --fail --silent --show-error --location --proto =https --output "$2/$1" "$from/$1" ;;
    *://*) stop "$from: only https:// is brought from elsewhere" ;;
    *) cp "$from/$1" "$2/$1" ;;
  esac || stop "$1 was not found in $from"
}

# What the program needs to start; which of the other libraries it lacks the program says itself.
check_machine() {
  [ "$(uname -s)" = Linux ] || stop "there is a program for Linux only; build it from the project's sources"
  case $(uname -m) in
    x86_64 | aarch64) ;;
    *) stop "there is no program for $(uname -m); build it from the project's sources" ;;
  esac
  glibc=$(getconf GNU_LIBC_VERSION 2> /dev/null) || stop "this Linux has no glibc, which the program needs: 2.34 or newer"
  minor=${glibc##*.}
  [ "$minor" -ge 34 ] || stop "this Linux has $glibc; the program needs 2.34 or newer"
}

# Takes away what the list of an earlier installation names, and the folders that are empty then. The list goes last: what breaks off here can be
# removed again.
remove() {
  [ -f "$prefix/$list" ] || return 0
  cp "$prefix/$list" "$work/old"
  while read -r file; do
    rm -f "$prefix/$file"
  done < "$work/old"
  rm -f "$prefix/$list"
  { cat "$work/old" && echo "$list"; } | sed 's|/[^/]*$||' | sort -ur | while read -r folder; do
    (cd "$prefix" && rmdir -p --ignore-fail-on-non-empty "$folder" 2> /dev/null) || true
  done
}

install() {
  check_machine
  bring SHA256SUMS "$work"
  archive=$(sed -n "s/^[0-9a-f]\{64\}  \($name-[0-9.]*-linux-$(uname -m)\.tar\.xz\)$/\1/p" "$work/SHA256SUMS")
  [ -n "$archive" ] || stop "SHA256SUMS in $from names no archive for $(uname -m)"
  bring "$archive" "$work"
  (cd "$work" && grep -F "  $archive" SHA256SUMS | sha256sum --check --strict --quiet) || stop "$archive is not the one that SHA256SUMS names"
  command -v xz > /dev/null || stop "there is no xz, which unpacks $archive; it is in Debian's package xz-utils"
  tar -xJf "$work/$archive" -C "$work" --no-same-owner
  unpacked=$work/${archive%.tar.xz}
  (cd "$unpacked" && find bin share -type f | sort) > "$work/list"
  remove
  # The list comes first: what breaks off here can be removed.
  mkdir -p "$prefix/${list%/*}"
  cp "$work/list" "$prefix/$list"
  # One by one, because bin and share may be links to folders. A program that runs is not written to: its file is another one from now on.
  while read -r file; do
    mkdir -p "$prefix/${file%/*}"
    cp --remove-destination "$unpacked/$file" "$prefix/$file"
  done < "$work/list"
  version=$("$prefix/bin/$name" --version) || stop "$prefix/bin/$name is installed, but does not run here"
  printf '%s is installed: %s/bin/%s\n' "$version" "$prefix" "$name"
  case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) printf 'PATH has no %s/bin yet.\n' "$prefix" ;;
  esac
}

# All of it is read before any of it runs, also from a pipe.
main() {
  prefix=${HOME:?}/.local action=install
  from=$(dirname "$0") list=share/$name/installed-files
  while [ "$#" != 0 ]; do
    case $1 in
      --prefix) prefix=${2:?} && shift ;;
      --from) from=${2:?} && from=${from%/} && shift ;;
      --remove) action=remove ;;
      *) stop "unknown argument $1; the first lines of this file say what there is" ;;
    esac
    shift
  done
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
  umask 022
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # dash runs the trap on EXIT after none of these.
  trap 'exit 1' HUP INT TERM
  [ "$action" = install ] || [ -f "$prefix/$list" ] || stop "nothing that this script has installed is in $prefix"
  "$action"
}
main "$@"
