#!/bin/sh
# Says one line into the lobby, as a guest.
#
#     sh say.sh "the bread is out of the oven"
#     sh say.sh "the bread is out of the oven" ws://192.168.1.20:8080/chat
#
# It needs the program itself, in the PATH or named in THREADBARE, and ends as that ends.
# printf and curl alone will not do: a client must wait for the server's 101 before its first frame,
# and curl's telnet://, which would carry the bytes, now and then leaves that answer unread.
# The next larger example is echo.py.
set -eu
said=${1:?what is to be said} address=${2:-ws://127.0.0.1:8080/chat}
# Each line of its input would be a message of its own.
printf '%s' "$said" | tr '\r\n' '  ' | "${THREADBARE:-threadbare}" join "$address" >/dev/null
