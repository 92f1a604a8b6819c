package cap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"callbox/outages"
)

// Document is one CAP message as it was published. It never changes.
type Document struct {
	Identifier string       // also the name of its file, without ".xml"; unique for ever
	Feed       outages.Mode // the feed that lists it
	Incident   string       // the ID of the outage
	Seq        int          // the number of its bulletin
	Sent       time.Time
	Expires    time.Time
	XML        []byte // the published bytes
}

// Shelf keeps what was published. Documents are added and never changed or removed.
type Shelf interface {
	// Put adds the documents of one bulletin: all of them appear at once, or none. Those that stand on
	// the shelf already with the same bytes stay as they are; a name that stands there with other bytes
	// makes it fail with ErrTaken.
	Put(ctx context.Context, docs []Document) error
	// Read returns a document by its identifier, or ErrNotFound.
	Read(ctx context.Context, identifier string) (Document, error)
	// Incident returns all documents of an outage, in the order of their bulletins.
	Incident(ctx context.Context, outage string) ([]Document, error)
	// Since returns the documents of a feed that were sent after a moment, and always those of the
	// newest bulletin of the feed, in the order of Sent and identifier.
	Since(ctx context.Context, feed outages.Mode, after time.Time) ([]Document, error)
}

// Errors of a Shelf.
var (
	ErrTaken    = errors.New("another document of this name was published before")
	ErrNotFound = errors.New("no such document")
)

// Memory is a Shelf for tests and for the demo: it forgets when the process ends. Its zero value is
// empty and ready for use.
type Memory struct {
	mu   sync.RWMutex
	docs []Document // by Sent and identifier
}

// Put implements [Shelf].
func (s *Memory) Put(_ context.Context, docs []Document) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fresh []Document
	for _, d := range docs {
		at := slices.IndexFunc(s.docs, func(e Document) bool { return e.Identifier == d.Identifier })
		switch {
		case at < 0:
			d.XML = bytes.Clone(d.XML)
			fresh = append(fresh, d)
		case !bytes.Equal(s.docs[at].XML, d.XML):
			return fmt.Errorf("%s: %w", d.Identifier, ErrTaken)
		}
	}
	s.docs = append(s.docs, fresh...)
	slices.SortStableFunc(s.docs, bySent)
	return nil
}

// Read implements [Shelf].
func (s *Memory) Read(_ context.Context, identifier string) (Document, error) {
	found := s.pick(func(d Document) bool { return d.Identifier == identifier })
	if len(found) == 0 {
		return Document{}, ErrNotFound
	}
	return found[0], nil
}

// Incident implements [Shelf].
func (s *Memory) Incident(_ context.Context, outage string) ([]Document, error) {
	found := s.pick(func(d Document) bool { return d.Incident == outage })
	slices.SortStableFunc(found, func(a, b Document) int { return a.Seq - b.Seq })
	return found, nil
}

// Since implements [Shelf].
func (s *Memory) Since(_ context.Context, feed outages.Mode, after time.Time) ([]Document, error) {
	all := s.pick(func(d Document) bool { return d.Feed == feed })
	if len(all) == 0 {
		return nil, nil
	}
	newest := all[len(all)-1]
	return slices.DeleteFunc(all, func(d Document) bool {
		return !d.Sent.After(after) && (d.Incident != newest.Incident || d.Seq != newest.Seq)
	}), nil
}

func (s *Memory) pick(want func(Document) bool) []Document {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Document
	for _, d := range s.docs {
		if want(d) {
			out = append(out, d)
		}
	}
	return out
}

func bySent(a, b Document) int {
	if c := a.Sent.Compare(b.Sent); c != 0 {
		return c
	}
	return bytes.Compare([]byte(a.Identifier), []byte(b.Identifier))
}
