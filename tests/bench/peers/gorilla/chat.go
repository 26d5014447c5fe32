// The classic chat in Go, on Debian's gorilla/websocket package.
//
// One goroutine, the hub, knows everybody. Each person has a goroutine that
// reads and one that writes, and a queue of 256 texts between hub and writer.
// A text goes to all, its sender too. Who lets the queue fill up is dropped.
// What waits in a queue when a frame is begun goes into that frame, one text a
// line.
//
// Prints "port N". Build: GO111MODULE=off GOPATH=/usr/share/gocode go build chat.go
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

const (
	queueLength  = 256
	textLimit    = 512
	writeWait    = 10 * time.Second
	pongWait     = 60 * time.Second
	pingInterval = 25 * time.Second // As the bench has it for every chat.
)

type person struct {
	line  *websocket.Conn
	queue chan []byte
}

type hub struct {
	register   chan *person
	unregister chan *person
	broadcast  chan []byte
}

func (h *hub) run() {
	people := make(map[*person]struct{})
	leave := func(p *person) {
		if _, here := people[p]; here {
			delete(people, p)
			close(p.queue)
		}
	}
	for {
		select {
		case p := <-h.register:
			people[p] = struct{}{}
		case p := <-h.unregister:
			leave(p)
		case text := <-h.broadcast:
			for p := range people {
				select {
				case p.queue <- text:
				default:
					leave(p)
				}
			}
		}
	}
}

func (h *hub) read(p *person) {
	defer func() {
		h.unregister <- p
		p.line.Close()
	}()
	p.line.SetReadLimit(textLimit)
	alive := func(string) error { return p.line.SetReadDeadline(time.Now().Add(pongWait)) }
	alive("")
	p.line.SetPongHandler(alive)
	for {
		_, text, err := p.line.ReadMessage()
		if err != nil {
			return
		}
		h.broadcast <- text
	}
}

// One frame: this text, and whatever waits behind it.
func (p *person) send(text []byte) error {
	p.line.SetWriteDeadline(time.Now().Add(writeWait))
	frame, err := p.line.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	frame.Write(text)
	for waiting := len(p.queue); waiting > 0; waiting-- {
		frame.Write([]byte{'\n'})
		frame.Write(<-p.queue)
	}
	return frame.Close()
}

func (p *person) write() {
	pings := time.NewTicker(pingInterval)
	defer func() {
		pings.Stop()
		p.line.Close()
	}()
	for {
		var err error
		select {
		case text, open := <-p.queue:
			if !open {
				p.line.SetWriteDeadline(time.Now().Add(writeWait))
				p.line.WriteMessage(websocket.CloseMessage, nil)
				return
			}
			err = p.send(text)
		case <-pings.C:
			p.line.SetWriteDeadline(time.Now().Add(writeWait))
			err = p.line.WriteMessage(websocket.PingMessage, nil)
		}
		if err != nil {
			return
		}
	}
}

func main() {
	h := &hub{make(chan *person), make(chan *person), make(chan []byte)}
	go h.run()
	upgrader := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
	http.HandleFunc("/ws", func(answer http.ResponseWriter, request *http.Request) {
		line, err := upgrader.Upgrade(answer, request, nil)
		if err != nil {
			return
		}
		p := &person{line, make(chan []byte, queueLength)}
		h.register <- p
		go p.write()
		go h.read(p)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	fmt.Fprintln(os.Stderr, http.Serve(listener, nil))
}
