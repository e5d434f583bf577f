// A centrifuge-go client that does what it is told: a JSON object a line on stdin; what happens, as JSON lines, on
// stdout. tests/interop/sdk/client_process.h lists both. Ends with its stdin.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

const callTimeout = 10 * time.Second

type object = map[string]any

type command struct {
	Do        string          `json:"do"`
	Call      int             `json:"call"`
	URL       string          `json:"url"`
	Token     string          `json:"token"`
	Tokens    []string        `json:"tokens"`
	TimeoutMS int             `json:"timeout_ms"`
	Channel   string          `json:"channel"`
	JoinLeave bool            `json:"join_leave"`
	Delta     string          `json:"delta"`
	Data      json.RawMessage `json:"data"`
	Method    string          `json:"method"`
	Limit     int32           `json:"limit"`
	Since     *position       `json:"since"`
	Reverse   bool            `json:"reverse"`
}

type position struct {
	Offset uint64 `json:"offset"`
	Epoch  string `json:"epoch"`
}

var stdout sync.Mutex

func tell(event string, members object) {
	if members == nil {
		members = object{}
	}
	members["event"] = event
	line, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	stdout.Lock()
	defer stdout.Unlock()
	fmt.Println(string(line))
}

func failure(err error) object {
	code := int64(-1)
	var server *centrifuge.Error
	if errors.As(err, &server) {
		code = int64(server.Code)
	}
	return object{"error": object{"code": code, "message": err.Error()}}
}

func raw(bytes []byte) json.RawMessage {
	if len(bytes) == 0 {
		return nil
	}
	return bytes
}

func clientInfo(info centrifuge.ClientInfo) object {
	return object{"client": info.Client, "user": info.User, "conn_info": raw(info.ConnInfo), "chan_info": raw(info.ChanInfo)}
}

func publication(from centrifuge.Publication) object {
	result := object{"data": raw(from.Data), "offset": from.Offset, "tags": from.Tags}
	if from.Info != nil {
		result["info"] = clientInfo(*from.Info)
	}
	return result
}

// giveFrom hands out tokens in their order, and tells of each.
func giveFrom(tokens []string, channel string) func() (string, error) {
	return func() (string, error) {
		tell("token asked", object{"channel": channel})
		if len(tokens) == 0 {
			return "", nil
		}
		token := tokens[0]
		tokens = tokens[1:]
		return token, nil
	}
}

type peer struct {
	client        *centrifuge.Client
	subscriptions map[string]*centrifuge.Subscription
}

func (p *peer) connect(c command) error {
	config := centrifuge.Config{
		Token:             c.Token,
		MinReconnectDelay: 5 * time.Millisecond,
		MaxReconnectDelay: 200 * time.Millisecond,
		Name:              "interop",
	}
	if c.TimeoutMS > 0 {
		config.ReadTimeout = time.Duration(c.TimeoutMS) * time.Millisecond
	}
	if c.Tokens != nil {
		give := giveFrom(c.Tokens, "")
		config.GetToken = func(centrifuge.ConnectionTokenEvent) (string, error) { return give() }
	}
	p.client = centrifuge.NewJsonClient(c.URL, config)
	p.client.OnConnecting(func(e centrifuge.ConnectingEvent) {
		tell("connecting", object{"code": e.Code, "reason": e.Reason})
	})
	p.client.OnConnected(func(e centrifuge.ConnectedEvent) { tell("connected", object{"client": e.ClientID}) })
	p.client.OnDisconnected(func(e centrifuge.DisconnectedEvent) {
		tell("disconnected", object{"code": e.Code, "reason": e.Reason})
	})
	p.client.OnError(func(e centrifuge.ErrorEvent) { tell("problem", failure(e.Error)) })
	return p.client.Connect()
}

func (p *peer) subscribe(c command) error {
	subscription, known := p.subscriptions[c.Channel]
	if !known {
		config := centrifuge.SubscriptionConfig{
			JoinLeave:           c.JoinLeave,
			Delta:               centrifuge.DeltaType(c.Delta),
			MinResubscribeDelay: 5 * time.Millisecond,
			MaxResubscribeDelay: 200 * time.Millisecond,
		}
		if c.Tokens != nil {
			give := giveFrom(c.Tokens, c.Channel)
			config.GetToken = func(centrifuge.SubscriptionTokenEvent) (string, error) { return give() }
		}
		var err error
		if subscription, err = p.client.NewSubscription(c.Channel, config); err != nil {
			return err
		}
		p.subscriptions[c.Channel] = subscription
		listen(subscription)
	}
	return subscription.Subscribe()
}

func listen(subscription *centrifuge.Subscription) {
	report := func(event string, members object) {
		members["channel"] = subscription.Channel
		tell(event, members)
	}
	subscription.OnSubscribing(func(e centrifuge.SubscribingEvent) {
		report("subscribing", object{"code": e.Code, "reason": e.Reason})
	})
	subscription.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		members := object{"recoverable": e.Recoverable, "positioned": e.Positioned, "was_recovering": e.WasRecovering,
			"recovered": e.Recovered}
		if e.StreamPosition != nil {
			members["offset"], members["epoch"] = e.StreamPosition.Offset, e.StreamPosition.Epoch
		}
		report("subscribed", members)
	})
	subscription.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) {
		report("unsubscribed", object{"code": e.Code, "reason": e.Reason})
	})
	subscription.OnPublication(func(e centrifuge.PublicationEvent) { report("publication", publication(e.Publication)) })
	subscription.OnJoin(func(e centrifuge.JoinEvent) { report("join", object{"info": clientInfo(e.ClientInfo)}) })
	subscription.OnLeave(func(e centrifuge.LeaveEvent) { report("leave", object{"info": clientInfo(e.ClientInfo)}) })
	subscription.OnError(func(e centrifuge.SubscriptionErrorEvent) { report("problem", failure(e.Error)) })
}

func (p *peer) history(ctx context.Context, c command) (object, error) {
	options := []centrifuge.HistoryOption{
		centrifuge.WithHistoryLimit(c.Limit), centrifuge.WithHistoryReverse(c.Reverse),
	}
	if c.Since != nil {
		since := &centrifuge.StreamPosition{Offset: c.Since.Offset, Epoch: c.Since.Epoch}
		options = append(options, centrifuge.WithHistorySince(since))
	}
	result, err := p.client.History(ctx, c.Channel, options...)
	if err != nil {
		return nil, err
	}
	publications := []object{}
	for _, one := range result.Publications {
		publications = append(publications, publication(one))
	}
	return object{"publications": publications, "offset": result.Offset, "epoch": result.Epoch}, nil
}

func (p *peer) presence(ctx context.Context, c command) (object, error) {
	result, err := p.client.Presence(ctx, c.Channel)
	if err != nil {
		return nil, err
	}
	clients := object{}
	for id, info := range result.Clients {
		clients[id] = clientInfo(info)
	}
	return object{"clients": clients}, nil
}

func (p *peer) execute(c command) (object, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	switch c.Do {
	case "connect":
		return nil, p.connect(c)
	case "disconnect":
		return nil, p.client.Disconnect()
	case "subscribe":
		return nil, p.subscribe(c)
	case "unsubscribe":
		return nil, p.subscriptions[c.Channel].Unsubscribe()
	case "publish":
		_, err := p.client.Publish(ctx, c.Channel, c.Data)
		return object{}, err
	case "history":
		return p.history(ctx, c)
	case "presence":
		return p.presence(ctx, c)
	case "presence_stats":
		stats, err := p.client.PresenceStats(ctx, c.Channel)
		return object{"clients": stats.NumClients, "users": stats.NumUsers}, err
	case "rpc":
		result, err := p.client.RPC(ctx, c.Method, c.Data)
		return object{"data": raw(result.Data)}, err
	}
	return nil, fmt.Errorf("no command %q", c.Do)
}

func main() {
	p := peer{subscriptions: map[string]*centrifuge.Subscription{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		answer, err := p.execute(c)
		if err != nil {
			answer = failure(err)
		}
		if c.Call != 0 || err != nil {
			if answer == nil {
				answer = object{}
			}
			answer["call"] = c.Call
			tell("answer", answer)
		}
	}
}
