package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	errDenied    = errors.New("PARSEC_AUTH_DENIED")
	errExpired   = errors.New("auth: token expired")
	errSignature = errors.New("auth: signature does not verify")
	errMalformed = errors.New("auth: malformed token")
	errType      = errors.New("auth: token type mismatch")
)

type claims struct {
	Subject  string   `json:"sub,omitempty"`
	Type     string   `json:"typ"`
	Channels []string `json:"chs,omitempty"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti,omitempty"`
	Family   string   `json:"fid,omitempty"`
}

// Makes and checks tokens: compact JWTs, HS256, no leeway.
type issuer struct {
	key       []byte
	accessTTL time.Duration

	mutex   sync.Mutex
	spent   map[string]bool
	revoked map[string]bool
}

func newIssuer(stateDir string, accessTTL time.Duration) (*issuer, error) {
	key := make([]byte, 32)
	rand.Read(key)
	if stateDir != "" {
		path := filepath.Join(stateDir, "key")
		kept, err := os.ReadFile(path)
		if err == nil {
			key = kept
		} else if err := os.WriteFile(path, key, 0o600); err != nil {
			return nil, err
		}
	}
	return &issuer{key: key, accessTTL: accessTTL, spent: map[string]bool{}, revoked: map[string]bool{}}, nil
}

func randomID() string {
	id := make([]byte, 12)
	rand.Read(id)
	return hex.EncodeToString(id)
}

func (i *issuer) sign(head string) string {
	mac := hmac.New(sha256.New, i.key)
	mac.Write([]byte(head))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (i *issuer) issue(what claims, ttl time.Duration) (string, time.Time) {
	now := time.Now()
	expires := now.Add(ttl)
	what.Issued, what.Expires = now.Unix(), expires.Unix()
	body, _ := json.Marshal(what)
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"k1","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(body)
	return head + "." + i.sign(head), expires
}

func (i *issuer) mgmt(subject string, ttl time.Duration) (string, time.Time) {
	ttl = min(max(ttl, time.Hour), 7*24*time.Hour)
	return i.issue(claims{Subject: subject, Type: "mgmt"}, ttl)
}

type pair struct {
	access, refresh               string
	accessExpires, refreshExpires time.Time
}

func (i *issuer) pair(name, subject, family string, ttl time.Duration) pair {
	refreshTTL := min(ttl, time.Hour)
	var p pair
	p.access, p.accessExpires = i.issue(claims{Subject: subject, Type: "access", Channels: []string{name},
		ID: randomID(), Family: family}, min(i.accessTTL, refreshTTL))
	p.refresh, p.refreshExpires = i.issue(claims{Subject: subject, Type: "refresh", Channels: []string{name},
		ID: randomID(), Family: family}, refreshTTL)
	return p
}

func (i *issuer) verify(token, wanted string) (claims, error) {
	var got claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return got, errMalformed
	}
	if !hmac.Equal([]byte(i.sign(parts[0]+"."+parts[1])), []byte(parts[2])) {
		return got, errSignature
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &got) != nil {
		return got, errMalformed
	}
	if got.Type != wanted {
		return got, errType
	}
	if time.Now().Unix() >= got.Expires {
		return got, errExpired
	}
	return got, nil
}

func (i *issuer) authorize(token, channel string) error {
	got, err := i.verify(token, "access")
	if err == nil && !slices.Contains(got.Channels, channel) {
		err = errDenied
	}
	return err
}

// Spends a refresh token. One that was spent before revokes all that came of the same first token.
func (i *issuer) spend(got claims) error {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.spent[got.ID] {
		i.revoked[got.Family] = true
	}
	if i.revoked[got.Family] {
		return errDenied
	}
	i.spent[got.ID] = true
	return nil
}
