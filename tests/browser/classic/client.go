// A classic chat client on Debian's gorilla/websocket package.
//
// Dials the address in its first argument, sends each line of its standard
// input as one text message, prints each message that arrives as one line.
// Ends with code 0 after a close handshake that standard input's end began.
//
// Build: GO111MODULE=off GOPATH=/usr/share/gocode go build client.go
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func fail(words string, err error) {
	fmt.Fprintln(os.Stderr, words, err)
	os.Exit(1)
}

func listen(line *websocket.Conn, ended chan<- error) {
	for {
		_, text, err := line.ReadMessage()
		if err != nil {
			ended <- err
			return
		}
		fmt.Println(string(text))
	}
}

func main() {
	line, _, err := websocket.DefaultDialer.Dial(os.Args[1], nil)
	if err != nil {
		fail("cannot dial:", err)
	}
	defer line.Close()
	ended := make(chan error, 1)
	go listen(line, ended)

	typed := bufio.NewScanner(os.Stdin)
	for typed.Scan() {
		if err := line.WriteMessage(websocket.TextMessage, typed.Bytes()); err != nil {
			fail("cannot write:", err)
		}
	}
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	if err := line.WriteMessage(websocket.CloseMessage, goodbye); err != nil {
		fail("cannot say goodbye:", err)
	}
	select {
	case err := <-ended:
		if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			fail("not a clean end:", err)
		}
	case <-time.After(5 * time.Second):
		fail("no answer to the goodbye", nil)
	}
}
