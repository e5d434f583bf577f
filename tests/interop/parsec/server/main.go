// A stand-in for Parsec: its documented surface on the real centrifuge library and the real Twirp. What the library and
// Twirp do is theirs; the handlers between them are ours and follow what is known of Parsec, which itself has not been
// at hand. Everything is kept in memory and goes with the process, save the signing key if --state-dir is given.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gapless.test/parsec/rpc"
	"github.com/centrifugal/centrifuge"
)

func main() {
	addr := flag.String("addr", ":8000", "address to listen on")
	noAuth := flag.Bool("no-auth", false, "take RPCs without a management token")
	stateDir := flag.String("state-dir", "", "where the signing key is kept; without it tokens die with the process")
	accessTTL := flag.Duration("access-ttl", 5*time.Minute, "longest life of an access token")
	faults := flag.Bool("faults", false, "serve /stand-in/, through which tests cause failures; no Parsec has this")
	flag.Parse()

	issuer, err := newIssuer(*stateDir, *accessTTL)
	if err != nil {
		log.Fatal(err)
	}
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelError, LogHandler: func(entry centrifuge.LogEntry) {
		log.Println(entry.Message, entry.Fields)
	}})
	if err != nil {
		log.Fatal(err)
	}
	channels := newChannels()
	acceptSubscribers(node, channels, issuer)
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}

	var twirpHandler http.Handler = rpc.NewParsecServiceServer(&service{node: node, channels: channels, issuer: issuer})
	if !*noAuth {
		twirpHandler = requireBearer(issuer, twirpHandler)
	}
	mux := http.NewServeMux()
	if *faults {
		switches := newFaultSwitches()
		mux.Handle("/stand-in/", switches)
		twirpHandler = switches.around(twirpHandler)
	}
	mux.Handle(rpc.ParsecServicePathPrefix, twirpHandler)
	mux.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("/manifest", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(manifest())
	})

	token, expires := issuer.mgmt("operator", 24*time.Hour)
	fmt.Fprintf(os.Stderr, "management token (expires %s):\n%s\n", expires.Format(time.RFC3339), token)
	server := &http.Server{Addr: *addr, Handler: mux}
	go func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		<-stop
		node.Shutdown(context.Background())
		server.Close()
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

// Everybody connects as nobody; whether a subscription is allowed is decided by the channel and, for private ones, by
// the access token. Errors that are not the library's own reach the client as 100, "internal server error", temporary.
func acceptSubscribers(node *centrifuge.Node, channels *channels, issuer *issuer) {
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(event centrifuge.SubscribeEvent, reply centrifuge.SubscribeCallback) {
			err := channels.mayBeJoined(event.Channel)
			if err == nil && isPrivate(event.Channel) {
				err = issuer.authorize(event.Token, event.Channel)
			}
			if err != nil {
				reply(centrifuge.SubscribeReply{}, err)
				return
			}
			reply(centrifuge.SubscribeReply{
				Options: centrifuge.SubscribeOptions{EnableRecovery: true, EnablePositioning: true},
			}, nil)
		})
	})
}
