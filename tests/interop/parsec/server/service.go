package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"gapless.test/parsec/rpc"
	"github.com/centrifugal/centrifuge"
	"github.com/twitchtv/twirp"
)

const (
	historySize = 100
	historyTTL  = 5 * time.Minute
)

type service struct {
	node     *centrifuge.Node
	channels *channels
	issuer   *issuer
}

// No code of Parsec's crosses the wire: only Twirp's does.
func asTwirp(err error) error {
	switch {
	case errors.Is(err, errInvalid):
		return twirp.NewError(twirp.InvalidArgument, err.Error())
	case errors.Is(err, errNotFound):
		return twirp.NewError(twirp.NotFound, "channel not found")
	case errors.Is(err, errExists):
		return twirp.NewError(twirp.AlreadyExists, "channel exists")
	case errors.Is(err, errClosed):
		return twirp.NewError(twirp.FailedPrecondition, "channel closed")
	case errors.Is(err, errExpired):
		return twirp.NewError(twirp.Unauthenticated, err.Error())
	case errors.Is(err, errDenied), errors.Is(err, errSignature), errors.Is(err, errMalformed), errors.Is(err, errType):
		return twirp.NewError(twirp.PermissionDenied, err.Error())
	}
	return twirp.InternalErrorWith(err)
}

func described(c channel) *rpc.Channel {
	return &rpc.Channel{Name: c.name, State: c.state, TtlSeconds: int64(c.ttl / time.Second),
		CreatedAt: c.created.UTC().Format(time.RFC3339Nano), LastActive: c.lastActive.UTC().Format(time.RFC3339Nano)}
}

func (s *service) Manifest(context.Context, *rpc.ManifestRequest) (*rpc.ManifestResponse, error) {
	return &rpc.ManifestResponse{Payload: manifest()}, nil
}

func (s *service) OpenPublic(_ context.Context, r *rpc.OpenPublicRequest) (*rpc.ChannelResponse, error) {
	ttl := time.Duration(r.TtlSeconds) * time.Second
	if ttl == 0 {
		ttl = publicTTL
	}
	opened, err := s.channels.openPublic(r.Name, ttl)
	if err != nil {
		return nil, asTwirp(err)
	}
	return &rpc.ChannelResponse{Channel: described(opened)}, nil
}

func (s *service) CreatePrivate(_ context.Context, r *rpc.CreatePrivateRequest) (*rpc.CreatePrivateResponse, error) {
	ttl := time.Duration(r.TtlSeconds) * time.Second
	if ttl <= 0 {
		ttl = privateTTL
	}
	if ttl > maxPrivateTTL {
		return nil, twirp.NewError(twirp.InvalidArgument, "ttl exceeds the maximum")
	}
	created, err := s.channels.createPrivate(r.Name, ttl)
	if err != nil {
		return nil, asTwirp(err)
	}
	p := s.issuer.pair(created.name, r.Subject, randomID(), ttl)
	return &rpc.CreatePrivateResponse{Name: created.name, AccessToken: p.access, RefreshToken: p.refresh,
		AccessExpiresUnix: p.accessExpires.Unix(), RefreshExpiresUnix: p.refreshExpires.Unix()}, nil
}

func (s *service) ListChannels(context.Context, *rpc.ListChannelsRequest) (*rpc.ListChannelsResponse, error) {
	response := &rpc.ListChannelsResponse{}
	for _, c := range s.channels.list() {
		response.Channels = append(response.Channels, described(c))
	}
	return response, nil
}

func (s *service) GetChannel(_ context.Context, r *rpc.ChannelRequest) (*rpc.ChannelResponse, error) {
	found, err := s.channels.get(r.Name)
	if err != nil {
		return nil, asTwirp(err)
	}
	return &rpc.ChannelResponse{Channel: described(found)}, nil
}

func (s *service) DeleteChannel(_ context.Context, r *rpc.ChannelRequest) (*rpc.DeleteChannelResponse, error) {
	if err := s.channels.delete(r.Name); err != nil {
		return nil, asTwirp(err)
	}
	if err := s.node.Unsubscribe("", r.Name); err != nil {
		return nil, asTwirp(err)
	}
	return &rpc.DeleteChannelResponse{}, nil
}

func (s *service) Publish(_ context.Context, r *rpc.PublishRequest) (*rpc.PublishResponse, error) {
	if err := s.channels.touch(r.Name); err != nil {
		return nil, asTwirp(err)
	}
	result, err := s.node.Publish(r.Name, r.Data, centrifuge.WithHistory(historySize, historyTTL))
	if err != nil {
		return nil, asTwirp(err)
	}
	return &rpc.PublishResponse{Offset: result.Offset, Epoch: result.Epoch}, nil
}

// Subscribers are never recorded.
func (s *service) Presence(_ context.Context, r *rpc.ChannelRequest) (*rpc.PresenceResponse, error) {
	if _, err := s.channels.get(r.Name); err != nil {
		return nil, asTwirp(err)
	}
	return &rpc.PresenceResponse{}, nil
}

func (s *service) RefreshToken(_ context.Context, r *rpc.RefreshTokenRequest) (*rpc.RefreshTokenResponse, error) {
	got, err := s.issuer.verify(r.RefreshToken, "refresh")
	if err != nil {
		return nil, asTwirp(err)
	}
	if len(got.Channels) != 1 {
		return nil, asTwirp(errDenied)
	}
	found, err := s.channels.get(got.Channels[0])
	if err != nil {
		return nil, asTwirp(err)
	}
	if err := s.issuer.spend(got); err != nil {
		return nil, asTwirp(err)
	}
	p := s.issuer.pair(found.name, got.Subject, got.Family, found.ttl)
	return &rpc.RefreshTokenResponse{AccessToken: p.access, AccessExpiresUnix: p.accessExpires.Unix(),
		RefreshToken: p.refresh, RefreshExpiresUnix: p.refreshExpires.Unix(), Rotated: true}, nil
}

func (s *service) IssueMgmt(_ context.Context, r *rpc.IssueMgmtRequest) (*rpc.IssueMgmtResponse, error) {
	token, expires := s.issuer.mgmt(r.Subject, time.Duration(r.TtlSeconds)*time.Second)
	return &rpc.IssueMgmtResponse{MgmtToken: token, ExpiresUnix: expires.Unix(), SignedByKeyId: "k1"}, nil
}

// Every method but Manifest and RefreshToken wants a management token.
func requireBearer(issuer *issuer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, rpc.ParsecServicePathPrefix)
		if method != "Manifest" && method != "RefreshToken" {
			token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !found {
				twirp.WriteError(w, twirp.NewError(twirp.Unauthenticated, "missing bearer token"))
				return
			}
			if _, err := issuer.verify(token, "mgmt"); err != nil {
				twirp.WriteError(w, twirp.NewError(twirp.Unauthenticated, err.Error()))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func manifest() []byte {
	text, _ := json.Marshal(map[string]any{
		"format_version": "1.0",
		"kind":           "parsec.manifest",
		"generated_at":   time.Now().UTC().Format(time.RFC3339Nano),
		"payload": map[string]any{
			"service":           "parsec",
			"version":           "stand-in",
			"visibilities":      []string{"public", "private"},
			"max_private_ttl":   maxPrivateTTL.String(),
			"persistence":       "in-memory",
			"supported_verbs":   []string{"subscribe", "publish", "manage"},
			"deny_supported":    true,
			"scope_precedence":  "deny-wins",
			"delta_compression": false,
			"transports":        []string{"websocket"},
		},
	})
	return text
}
