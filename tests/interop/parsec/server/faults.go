package main

import (
	"bytes"
	"net/http"
	"strings"
	"sync"

	"gapless.test/parsec/rpc"
)

// What tests ask of the stand-in and no Parsec does:
//
//	POST /stand-in/swallow?method=RefreshToken   the next call of the method is done, and its answer lost
//	POST /stand-in/fail?method=Publish           the next call of the method is not done, and answered with 503
type faultSwitches struct {
	mutex   sync.Mutex
	swallow map[string]int
	fail    map[string]int
}

func newFaultSwitches() *faultSwitches {
	return &faultSwitches{swallow: map[string]int{}, fail: map[string]int{}}
}

func (f *faultSwitches) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	method := r.URL.Query().Get("method")
	switch strings.TrimPrefix(r.URL.Path, "/stand-in/") {
	case "swallow":
		f.swallow[method]++
	case "fail":
		f.fail[method]++
	default:
		http.NotFound(w, r)
	}
}

func (f *faultSwitches) take(from map[string]int, method string) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if from[method] == 0 {
		return false
	}
	from[method]--
	return true
}

// Takes an answer and tells nobody.
type swallowed struct {
	header http.Header
	bytes.Buffer
}

func (s *swallowed) Header() http.Header { return s.header }
func (s *swallowed) WriteHeader(int)     {}

func (f *faultSwitches) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, rpc.ParsecServicePathPrefix)
		if f.take(f.fail, method) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte(`{"code":"unavailable","msg":"broker not ready"}`))
			return
		}
		if f.take(f.swallow, method) {
			next.ServeHTTP(&swallowed{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}
