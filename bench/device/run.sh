#!/usr/bin/env bash
# run.sh OUT [--quick] [STEP...]: unpacks what pack.sh made and takes the steps below, or those that are named, one after the other.
# The results, a line of JSON each, are appended to OUT/results.jsonl at once, what else is said to OUT/log.txt, and a table comes last.
# --quick tries every step with next to no work, also without a GPU.
set -euo pipefail

# A step a line: its name, the most seconds it may take, its command, which runs in the unpacked folder: device/ has what is compiled of
# this folder. Its standard output is its results. One that fails does not keep the next from being taken.
STEPS='
adapter   20  node device/adapter.js
agreement 70  node device/agreement.js $quick
ceilings  20  node device/ceilings.js $quick
lanes     80  node device/lanes.js --seconds 62 $quick
tiles    100  node device/lanes.js --tiles --seconds 90 $quick
runs     150  node device/runs.js $here/mnist.yaml $quick
pytorch  115  $python $here/peer.py --seconds 108 $quick
compiled  75  $python $here/peer.py --compiled --seconds 68 $quick
native    40  node device/native.js --seconds 28 $quick
'

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
quick=
chosen=
for argument in "$@"; do
  case $argument in
    --quick) quick=--quick ;;
    *)
      grep -q "^$argument  *[0-9]" <<<"$STEPS" || { echo "run.sh: there is no step $argument" >&2; exit 2; }
      chosen="$chosen $argument "
      ;;
  esac
done
results=$out/results.jsonl
log=$out/log.txt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Python unpacks, since xz may be missing.
for archive in "$here"/pack/*.tar.xz; do python3 -m tarfile --extract "$archive" "$work"; done
cd "$work"
export PATH="$work/bin:$PATH:/usr/sbin:/sbin"
# Where only the program was packed, the packages are the checkout's.
[ -e node_modules ] || ln -s "$here/../../node_modules" node_modules

python=python3
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)' 2>/dev/null; then
    python=$candidate
    break
  fi
done

finds_adapter() { timeout 20 node device/adapter.js >/dev/null 2>>"$log"; }
gpu= driver=
if command -v nvidia-smi >/dev/null; then
  gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>>"$log" | head -1) || true
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>>"$log" | head -1) || true
  if ! ldconfig -p | grep libvulkan.so.1 >/dev/null && [ -d debs ] && [ "$(id -u)" = 0 ]; then
    for package in debs/*.deb; do dpkg -x "$package" /; done
    ldconfig
  fi
  icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  if ! finds_adapter && [ -e "$icd" ]; then export VK_DRIVER_FILES=$icd; fi
elif [ -e /usr/lib/chromium/vk_swiftshader_icd.json ] && ! finds_adapter; then
  # The Vulkan driver without a GPU that Debian's chromium brings, and a loader with it.
  export VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium
fi

QUICK=$quick GPU=$gpu DRIVER=$driver CPU=$(lscpu | sed -n 's/^Model name: *//p' | head -1) node --print 'JSON.stringify({
  what: "machine", gpu: process.env.GPU, driver: process.env.DRIVER, cpu: process.env.CPU, cores: os.availableParallelism(),
  node: process.version, quick: process.env.QUICK !== "", date: new Date().toISOString() })' | tee -a "$results"

export here python quick
while read -r name seconds command; do
  [ -n "$name" ] || continue
  if [ -n "$chosen" ] && [[ $chosen != *" $name "* ]]; then continue; fi
  echo "== $name" >>"$log"
  start=$SECONDS
  status=0
  timeout --kill-after=5 "$seconds" bash -c "$command" >>"$results" 2>>"$log" </dev/null || status=$?
  # A step that was cut off may have left half a line.
  [ -z "$(tail --bytes=1 "$results")" ] || echo >>"$results"
  echo "{\"what\":\"step\",\"name\":\"$name\",\"seconds\":$((SECONDS - start)),\"status\":$status}" | tee -a "$results"
  [ "$status" = 0 ] || tail -5 "$log"
done <<<"$STEPS"

node device/table.js "$results"
