# Sourced by tools/test and tools/demo: what Limen needs from Debian 12.

limen_packages=(
  g++ cmake ninja-build ccache mold git python3
  libmlir-22-dev llvm-22-dev mlir-22-tools llvm-22-tools libzstd-dev
  libyaml-cpp-dev libcli11-dev libgtest-dev libhdf5-dev libeigen3-dev
  nlohmann-json3-dev libfmt-dev librandom123-dev zlib1g-dev
  liblz4-dev libflatbuffers-dev libpugixml-dev
  libsuitesparse-dev
  libbenchmark-dev dataset-fashion-mnist python3-h5py
)

# Installs what is missing; says so, and asks for root only when it must.
limen_install() {
  local missing=() package
  for package in "${limen_packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "Installing ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "These Debian packages are missing and need root: ${missing[*]}" >&2
      return 1
    fi
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Configures (once) and builds the release preset below the source folder $1.
limen_build() {
  local source=$1
  shift
  [ -f "$source/build/release/build.ninja" ] || (cd "$source" && cmake --preset release >/dev/null)
  ninja -C "$source/build/release" -j2 "$@"
}
