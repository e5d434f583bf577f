// Package rpc is Parsec's RPC surface as far as the stand-in serves it.
package rpc

// With protoc 3.21, and protoc-gen-go and protoc-gen-twirp of the versions in go.mod on the path:
//go:generate protoc --go_out=. --go_opt=paths=source_relative --twirp_out=. --twirp_opt=paths=source_relative service.proto
