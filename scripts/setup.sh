#!/usr/bin/env bash
# Installs what the build needs on Debian and Ubuntu, or says exactly what is missing elsewhere.
#   rustc/cargo (pinned in rust-toolchain.toml), a C++20 compiler and libclang for RocksDB, OpenSSL's headers for the
#   Kafka client.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v c++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
# libclang-cpp is another library: it does not count.
has_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  local found
  found=$({ ldconfig -p 2>/dev/null; ls /usr/lib/llvm-*/lib 2>/dev/null; } | grep 'libclang[-.0-9]*\.so' | grep -v 'libclang-cpp' || true)
  [ -n "$found" ]
}
has_libclang || missing+=(libclang-dev)
command -v pkg-config >/dev/null || missing+=(pkg-config)
{ command -v pkg-config >/dev/null && pkg-config --exists openssl; } || [ -n "${OPENSSL_DIR:-}" ] || missing+=(libssl-dev)

if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
      echo "setup: missing ${missing[*]}; as root run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    echo "setup: installing ${missing[*]} (RocksDB is C++, its bindings are made with libclang; the Kafka client speaks TLS)" >&2
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null
  else
    echo "setup: missing ${missing[*]}: a C++20 compiler, make, libclang 14 or newer, pkg-config and OpenSSL's headers; install them with your package manager" >&2
    exit 1
  fi
fi

if ! command -v cargo >/dev/null; then
  if command -v apt-get >/dev/null && apt-cache show rustup >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    echo "setup: installing rustup" >&2
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq rustup >/dev/null
  fi
fi
if ! command -v cargo >/dev/null; then
  echo "setup: cargo is missing; install Rust from https://rustup.rs (the toolchain in rust-toolchain.toml is fetched by itself)" >&2
  exit 1
fi

# Clones share one target directory. Cargo knows a crate there by its place in the clone and tells a change by the files' times, so
# what another clone has built since would pass for this one's.
if [ -n "${CARGO_TARGET_DIR:-}" ]; then
  built_by="$CARGO_TARGET_DIR/.built-by"
  if [ "$(cat "$built_by" 2>/dev/null)" != "$PWD" ]; then
    rm -rf "$CARGO_TARGET_DIR"/*/.fingerprint/tillstream*
    mkdir -p "$CARGO_TARGET_DIR"
    echo "$PWD" >"$built_by"
  fi
fi
