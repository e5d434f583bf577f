package main

import (
	"errors"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"
)

var (
	errInvalid  = errors.New("PARSEC_CHANNEL_INVALID")
	errNotFound = errors.New("PARSEC_CHANNEL_NOT_FOUND")
	errExists   = errors.New("PARSEC_CHANNEL_EXISTS")
	errClosed   = errors.New("PARSEC_CHANNEL_CLOSED")
)

const (
	publicTTL     = 30 * time.Minute
	privateTTL    = 15 * time.Minute
	maxPrivateTTL = time.Hour
)

type channel struct {
	name       string
	state      string // open, closed, deleted
	ttl        time.Duration
	created    time.Time
	lastActive time.Time
}

// The channels there are and were. A deleted name stays taken.
type channels struct {
	mutex  sync.Mutex
	byName map[string]*channel
}

func newChannels() *channels { return &channels{byName: map[string]*channel{}} }

var publicName = regexp.MustCompile(`^public:[a-z0-9_-]+(\.[a-z0-9_-]+){1,3}$`)
var privateName = regexp.MustCompile(`^private:[a-z0-9_-]+(\.[a-z0-9_-]+){2,3}$`)

func isPrivate(name string) bool { return strings.HasPrefix(name, "private:") }

// The one of this name unless it was deleted; its expiry takes effect here.
func (c *channels) find(name string) (*channel, error) {
	found := c.byName[name]
	if found == nil || found.state == "deleted" {
		return nil, errNotFound
	}
	if time.Since(found.lastActive) > found.ttl {
		if isPrivate(name) {
			found.state = "deleted"
			return nil, errNotFound
		}
		found.state = "closed"
	}
	return found, nil
}

func (c *channels) openPublic(name string, ttl time.Duration) (channel, error) {
	if !publicName.MatchString(name) {
		return channel{}, errInvalid
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := time.Now()
	found, err := c.find(name)
	if err != nil && c.byName[name] != nil {
		return channel{}, err
	}
	if err != nil {
		found = &channel{name: name, created: now}
		c.byName[name] = found
	}
	found.state, found.ttl, found.lastActive = "open", ttl, now
	return *found, nil
}

func (c *channels) createPrivate(name string, ttl time.Duration) (channel, error) {
	if !privateName.MatchString(name) {
		return channel{}, errInvalid
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.byName[name] != nil {
		return channel{}, errExists
	}
	now := time.Now()
	created := &channel{name: name, state: "open", ttl: ttl, created: now, lastActive: now}
	c.byName[name] = created
	return *created, nil
}

func (c *channels) get(name string) (channel, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, err := c.find(name)
	if err != nil {
		return channel{}, err
	}
	return *found, nil
}

func (c *channels) mayBeJoined(name string) error {
	found, err := c.get(name)
	if err == nil && found.state != "open" {
		return errClosed
	}
	return err
}

// A publish needs the channel to be known, not to be open.
func (c *channels) touch(name string) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, err := c.find(name)
	if err == nil {
		found.lastActive = time.Now()
	}
	return err
}

func (c *channels) delete(name string) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	found, err := c.find(name)
	if err == nil {
		found.state = "deleted"
	}
	return err
}

func (c *channels) list() []channel {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	all := []channel{}
	for name := range c.byName {
		if found, err := c.find(name); err == nil {
			all = append(all, *found)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}
