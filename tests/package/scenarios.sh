#!/usr/bin/env bash
# Builds gapless in one of the ways its users do, and a program on top of it, and runs that.
#
# usage: scenarios.sh static|shared|subdirectory|readme|conan ROOT WORK
set -euo pipefail

scenario=$1 root=$2 work=$3
here=$root/tests/package
# The same options everywhere, also those of cmake/ccache.cmake and of the preset `release`, and build folders of the
# same depth, so that ccache has to compile the library only once.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
fi
# What Conan adds by itself there.
[[ $(uname -m) != x86_64 ]] || export CXXFLAGS=-m64
options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DGAPLESS_WARNINGS_AS_ERRORS=ON -DGAPLESS_PRECOMPILE=OFF -DGAPLESS_CCACHE=OFF)
[[ $scenario == readme ]] || rm -rf "$work"
mkdir -p "$work"

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# install_library SHARED: to $work/moved, by way of another folder, for an installed tree may be moved.
install_library() {
  cmake -S "$root" -B "$work" "${options[@]}" -DBUILD_SHARED_LIBS="$1" -DGAPLESS_BUILD_TESTS=OFF \
    -DGAPLESS_BUILD_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$work/prefix"
  cmake --build "$work"
  cmake --install "$work"
  mv "$work/prefix" "$work/moved"
  if grep -rn "gapless_dep_\|$work\|$root" "$work"/moved/lib*/cmake; then
    fail 'The installed CMake files name things that users do not have.'
  fi
}

# consume PREFIX: builds and runs the programs of consumer/ against an installed gapless.
consume() {
  cmake -S "$here/consumer" -B "$work/consumer" "${options[@]}" -DCMAKE_PREFIX_PATH="$1"
  cmake --build "$work/consumer"
  "$work/consumer/example"
  "$work/consumer/websocket"
}

case $scenario in
  static)
    install_library OFF
    consume "$work/moved"
    ;;
  shared)
    install_library ON
    consume "$work/moved"
    library=$(echo "$work"/moved/lib*/libgapless.so)
    nm --dynamic --defined-only --demangle "$library" >"$work/symbols"
    grep -q ' gapless::Client::Connect()' "$work/symbols" || fail "$library does not offer gapless::Client."
    if grep -v 'gapless' "$work/symbols"; then
      fail "$library offers symbols of the libraries inside it."
    fi
    ;;
  subdirectory)
    cmake -S "$here/subdirectory" -B "$work" "${options[@]}" -DGAPLESS_ROOT="$root"
    cmake --build "$work"
    "$work/example"
    "$work/websocket"
    ;;
  readme)
    python3 "$root/tests/docs/snippets.py" "$work/snippets" "$root/README.md"
    mkdir -p "$work/project"
    cp "$work/snippets/quickstart.cc" "$work/project/main.cc"
    {
      echo 'cmake_minimum_required(VERSION 3.25)'
      echo 'project(editor LANGUAGES CXX)'
      cat "$work/snippets/consumer.cmake"
    } >"$work/project/CMakeLists.txt"
    cmake -S "$work/project" -B "$work/build" "${options[@]}" -DCMAKE_PREFIX_PATH="${work%-readme}-static/moved"
    cmake --build "$work/build"
    ;;
  conan)
    export CONAN_HOME=$work/home
    export CCACHE_BASEDIR=$CONAN_HOME
    unset CXXFLAGS
    for shared in False True; do
      conan create "$root" --profile:all="$root/packaging/conan/debian12" --no-remote --build=missing \
        -o "gapless/*:shared=$shared" \
        -c tools.cmake.cmaketoolchain:extra_variables="{'GAPLESS_WARNINGS_AS_ERRORS': 'ON'}"
    done
    ;;
  *) fail "There is no scenario $scenario." ;;
esac
