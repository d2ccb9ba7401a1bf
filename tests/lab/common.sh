# shellcheck shell=bash
# What the laboratory's scripts share: where things are.
# shellcheck disable=SC2034
lab_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${LAB_TOOLS_DIR:-${CARGO_TARGET_DIR:-$lab_root/target}/lab-tools}
case $tools in /*) ;; *) tools=$PWD/$tools ;; esac
# shellcheck disable=SC2034 # read by the scripts that source this
lab_ref=abcdefghijklmnopqrst # the invented project's ref
