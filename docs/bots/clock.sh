#!/bin/sh
# An example bot in shell: it answers !date with the date and !load with the load of its machine.
#
#     sh clock.sh ws://127.0.0.1:8080/ws pi-kitchen garden
#
# It needs the program itself, in the PATH or named in THREADBARE, and otherwise what every machine
# has. `threadbare join` with a name does the rest: it prints each line once, as `name: text`, and
# nothing that was said before it came. It comes back by itself when the connection is lost. It says
# what it reads, and takes nothing of it as a command. Ctrl-C ends it. The next larger example is
# echo.py.
set -eu
address=${1:-ws://127.0.0.1:8080/ws} name=${2:-clock} room=${3:-lobby}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
mkfifo "$folder/answers"
"${THREADBARE:-threadbare}" join "$address" --name "$name" --room "$room" <"$folder/answers" |
  while IFS= read -r line; do
    # No name has a colon in it.
    case ${line#*: } in
      '!date') date -u ;;
      '!load') cut -d ' ' -f 1-3 /proc/loadavg ;;
    esac
  done >"$folder/answers"
