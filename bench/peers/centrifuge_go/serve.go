package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

const (
	benchChannel = "public:bench.stream.1"
	// Sequences have one length, so that a frame is prepared once and only its numbers change.
	firstSequence = 1_000_000_000
)

// envelope is a gapless envelope of `size` bytes, or a little more where it cannot be so small.
func envelope(channel string, sequence, size int) string {
	const form = `{"channel":"%s","sequence":%d,"producer":{"id":"p","kind":"service"},"aspect":"data",` +
		`"payload":{"text":"%s"},"produced_at":"2026-05-27T14:22:09.331Z"}`
	fill := max(0, size-len(fmt.Sprintf(form, channel, sequence, "")))
	return fmt.Sprintf(form, channel, sequence, strings.Repeat("x", fill))
}

// frame is what the server repeats: publications whose sequences are counted up in place.
type frame struct {
	text []byte
	// Where the digits of each sequence begin.
	places []int
	next   int
}

func newFrame(size, perFrame int) *frame {
	f := &frame{next: firstSequence}
	push := fmt.Sprintf(`{"push":{"channel":"%s","pub":{"data":%s}}}`, benchChannel,
		envelope(benchChannel, firstSequence, size))
	place := strings.Index(push, strconv.Itoa(firstSequence))
	for i := range perFrame {
		if i > 0 {
			f.text = append(f.text, '\n')
		}
		f.places = append(f.places, len(f.text)+place)
		f.text = append(f.text, push...)
	}
	return f
}

func (f *frame) advance() {
	for _, place := range f.places {
		strconv.AppendInt(f.text[:place], int64(f.next), 10)
		f.next++
	}
}

// talk answers connect and subscribe, and then writes frames until the client has enough.
func talk(connection *websocket.Conn, size, perFrame int) {
	defer connection.Close()
	for {
		_, text, err := connection.ReadMessage()
		if err != nil {
			return
		}
		for _, line := range bytes.Split(text, []byte("\n")) {
			var command struct {
				ID        uint32           `json:"id"`
				Connect   *json.RawMessage `json:"connect"`
				Subscribe *json.RawMessage `json:"subscribe"`
			}
			must(json.Unmarshal(line, &command))
			switch {
			case command.Connect != nil:
				reply := fmt.Sprintf(`{"id":%d,"connect":{"client":"c","version":"bench"}}`, command.ID)
				must(connection.WriteMessage(websocket.TextMessage, []byte(reply)))
			case command.Subscribe != nil:
				reply := fmt.Sprintf(`{"id":%d,"subscribe":{}}`, command.ID)
				must(connection.WriteMessage(websocket.TextMessage, []byte(reply)))
				for f := newFrame(size, perFrame); ; {
					f.advance()
					if connection.WriteMessage(websocket.TextMessage, f.text) != nil {
						return
					}
				}
			}
		}
	}
}

// serve prints its url and serves until it is killed.
func serve(size, perFrame int) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	upgrader := websocket.Upgrader{WriteBufferSize: 256 << 10, CheckOrigin: func(*http.Request) bool { return true }}
	fmt.Printf("ws://%s/connection/websocket\n", listener.Addr())
	must(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, err := upgrader.Upgrade(w, r, nil)
		if err == nil {
			talk(connection, size, perFrame)
		}
	})))
}
