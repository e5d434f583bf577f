// What bench/peers/run measures of centrifuge-go, and the server that feeds both clients as fast as they read. Each
// command prints one JSON object; bench/peers/gapless_peer.cc has the same ones.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

const patience = 2 * time.Minute

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

// stopwatch measures from the first message to the last.
type stopwatch struct {
	begin time.Time
	cpu   float64
}

func start() stopwatch { return stopwatch{time.Now(), cpuSeconds()} }

func (s stopwatch) report(messages int) {
	line, err := json.Marshal(map[string]any{
		"messages": messages, "seconds": time.Since(s.begin).Seconds(), "cpu_seconds": cpuSeconds() - s.cpu})
	must(err)
	fmt.Println(string(line))
}

func connected(url string) *centrifuge.Client {
	client := centrifuge.NewJsonClient(url, centrifuge.Config{ReadTimeout: patience, WriteTimeout: patience})
	ready := make(chan struct{})
	client.OnConnected(func(centrifuge.ConnectedEvent) { close(ready) })
	client.OnConnecting(func(e centrifuge.ConnectingEvent) {
		if e.Code != 0 {
			log.Fatalf("connection lost: %d %s", e.Code, e.Reason)
		}
	})
	must(client.Connect())
	<-ready
	return client
}

func subscribed(client *centrifuge.Client, channel string, handler centrifuge.PublicationHandler) {
	subscription, err := client.NewSubscription(channel)
	must(err)
	ready := make(chan struct{})
	subscription.OnSubscribed(func(centrifuge.SubscribedEvent) { close(ready) })
	subscription.OnPublication(handler)
	must(subscription.Subscribe())
	<-ready
}

// received is what a user writes who wants of centrifuge-go what gapless does: the envelope, and whether one is missing.
type received struct {
	Channel  string `json:"channel"`
	Sequence uint64 `json:"sequence"`
	Producer struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
	} `json:"producer"`
	Aspect     string          `json:"aspect"`
	Payload    json.RawMessage `json:"payload"`
	ProducedAt time.Time       `json:"produced_at"`
}

func checked(handler func()) centrifuge.PublicationHandler {
	last := make(map[string]uint64)
	return func(e centrifuge.PublicationEvent) {
		var envelope received
		must(json.Unmarshal(e.Data, &envelope))
		if before, known := last[envelope.Producer.ID]; known && envelope.Sequence != before+1 {
			log.Fatalf("%d follows %d", envelope.Sequence, before)
		}
		last[envelope.Producer.ID] = envelope.Sequence
		handler()
	}
}

func receive(url, channel string, count int, check bool) {
	done := make(chan struct{})
	var watch stopwatch
	seen := 0
	take := func() {
		if seen == 0 {
			watch = start()
		}
		seen++
		if seen == count+1 {
			watch.report(count)
			close(done)
		}
	}
	handler := func(centrifuge.PublicationEvent) { take() }
	if check {
		handler = checked(take)
	}
	subscribed(connected(url), channel, handler)
	<-done
}

func publish(url, channel string, count, size, inFlight int) {
	client := connected(url)
	data := []byte(envelope(channel, 1, size))
	var left atomic.Int64
	left.Store(int64(count))
	watch := start()
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				_, err := client.Publish(context.Background(), channel, data)
				must(err)
			}
		})
	}
	workers.Wait()
	watch.report(count)
}

func latency(url, channel string, count, size int) {
	arrived := make(chan time.Time, 1)
	subscribed(connected(url), channel, func(centrifuge.PublicationEvent) { arrived <- time.Now() })
	publisher := connected(url)
	data := []byte(envelope(channel, 1, size))
	micros := make([]float64, 0, count)
	for range count {
		begin := time.Now()
		_, err := publisher.Publish(context.Background(), channel, data)
		must(err)
		micros = append(micros, float64((<-arrived).Sub(begin).Nanoseconds())/1e3)
		time.Sleep(500 * time.Microsecond)
	}
	sort.Float64s(micros)
	line, err := json.Marshal(map[string]any{"p50_us": micros[count/2], "p99_us": micros[count*99/100]})
	must(err)
	fmt.Println(string(line))
}

// feed publishes through Centrifugo's HTTP API, 100 envelopes a request.
func feed(url, key, channel string, count, size int) {
	const batch = 100
	for sent := 0; sent < count; sent += batch {
		var body strings.Builder
		body.WriteString(`{"commands":[`)
		for i := range batch {
			if i > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `{"publish":{"channel":"%s","data":%s}}`, channel, envelope(channel, sent+i+1, size))
		}
		body.WriteString(`]}`)
		request, err := http.NewRequest(http.MethodPost, url+"/api/batch", strings.NewReader(body.String()))
		must(err)
		request.Header.Set("X-API-Key", key)
		response, err := http.DefaultClient.Do(request)
		must(err)
		_, err = io.Copy(io.Discard, response.Body)
		must(err)
		must(response.Body.Close())
		if response.StatusCode != http.StatusOK {
			log.Fatalf("the API answered %s", response.Status)
		}
	}
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	must(err)
	return value
}

func main() {
	log.SetFlags(0)
	const usage = "usage: serve SIZE PER_FRAME | receive URL CHANNEL COUNT | receive-checked URL CHANNEL COUNT | " +
		"publish URL CHANNEL COUNT SIZE IN_FLIGHT | latency URL CHANNEL COUNT SIZE | feed URL KEY CHANNEL COUNT SIZE"
	arguments := map[string]int{"feed": 5, "serve": 2, "receive": 3, "receive-checked": 3, "publish": 5, "latency": 4}
	if len(os.Args) < 2 || len(os.Args) != arguments[os.Args[1]]+2 {
		log.Fatal(usage)
	}
	switch os.Args[1] {
	case "serve":
		serve(number(2), number(3))
	case "receive", "receive-checked":
		receive(os.Args[2], os.Args[3], number(4), os.Args[1] == "receive-checked")
	case "publish":
		publish(os.Args[2], os.Args[3], number(4), number(5), number(6))
	case "latency":
		latency(os.Args[2], os.Args[3], number(4), number(5))
	case "feed":
		feed(os.Args[2], os.Args[3], os.Args[4], number(5), number(6))
	}
}
