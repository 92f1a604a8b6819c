// Package shelftest is the kit of promises that every cap.Shelf keeps.
package shelftest

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"callbox/channels/cap"
	"callbox/outages"
)

var start = time.Date(2026, time.November, 13, 20, 5, 0, 0, time.UTC)

// doc makes the document of a bulletin.
func doc(outage string, seq int, sent time.Duration) cap.Document {
	return cap.Document{
		Identifier: cap.Identifier(outage, seq), Feed: outages.Live, Incident: outage, Seq: seq,
		Sent: start.Add(sent), Expires: start.Add(sent + 4*time.Hour), XML: []byte("<alert>" + cap.Identifier(outage, seq) + "</alert>"),
	}
}

// Run checks a shelf. open makes an empty one for a test.
func Run(t *testing.T, open func(t *testing.T) cap.Shelf) {
	t.Run("what was put is read as it was", func(t *testing.T) { reads(t, open(t)) })
	t.Run("putting the same again changes nothing", func(t *testing.T) { repeats(t, open(t)) })
	t.Run("a name that is taken keeps the whole bulletin out", func(t *testing.T) { refuses(t, open(t)) })
	t.Run("an incident has its own documents in order", func(t *testing.T) { incident(t, open(t)) })
	t.Run("a feed has what is new enough, and always the newest bulletin", func(t *testing.T) { since(t, open(t)) })
}

func put(t *testing.T, s cap.Shelf, docs ...cap.Document) {
	t.Helper()
	if err := s.Put(t.Context(), docs); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func names(docs []cap.Document) []string {
	var out []string
	for _, d := range docs {
		out = append(out, d.Identifier)
	}
	return out
}

func reads(t *testing.T, s cap.Shelf) {
	want := doc("one", 1, 0)
	put(t, s, want)
	got, err := s.Read(t.Context(), "one-1")
	if err != nil {
		t.Fatal(err)
	}
	same := got.Identifier == want.Identifier && got.Feed == want.Feed && got.Incident == want.Incident && got.Seq == want.Seq &&
		got.Sent.Equal(want.Sent) && got.Expires.Equal(want.Expires) && bytes.Equal(got.XML, want.XML)
	if !same {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := s.Read(t.Context(), "two-1"); !errors.Is(err, cap.ErrNotFound) {
		t.Errorf("reading what is not there: %v, want %v", err, cap.ErrNotFound)
	}
}

func repeats(t *testing.T, s cap.Shelf) {
	put(t, s, doc("one", 1, 0))
	put(t, s, doc("one", 1, 0))
	if got, err := s.Incident(t.Context(), "one"); err != nil || len(got) != 1 {
		t.Errorf("%q, %v; want one document", names(got), err)
	}
}

func refuses(t *testing.T, s cap.Shelf) {
	put(t, s, doc("one", 1, 0))
	other := doc("one", 1, 0)
	other.XML = []byte("<alert>other</alert>")
	if err := s.Put(t.Context(), []cap.Document{doc("two", 1, 0), other, doc("three", 1, 0)}); !errors.Is(err, cap.ErrTaken) {
		t.Errorf("Put: %v, want %v", err, cap.ErrTaken)
	}
	if got, err := s.Since(t.Context(), outages.Live, start.Add(-time.Hour)); err != nil || !slices.Equal(names(got), []string{"one-1"}) {
		t.Errorf("%q, %v; want the first document alone", names(got), err)
	}
	if got, err := s.Read(t.Context(), "one-1"); err != nil || bytes.Equal(got.XML, other.XML) {
		t.Errorf("the document was changed, or %v", err)
	}
}

func incident(t *testing.T, s cap.Shelf) {
	put(t, s, doc("one", 10, 10*time.Hour))
	put(t, s, doc("one", 2, 2*time.Hour), doc("two", 1, 3*time.Hour))
	got, err := s.Incident(t.Context(), "one")
	if want := []string{"one-2", "one-10"}; err != nil || !slices.Equal(names(got), want) {
		t.Errorf("%q, %v; want %q", names(got), err, want)
	}
	if got, err := s.Incident(t.Context(), "none"); err != nil || len(got) != 0 {
		t.Errorf("an outage without documents: %q, %v", names(got), err)
	}
}

func since(t *testing.T, s cap.Shelf) {
	list := func(feed outages.Mode, after time.Duration, want ...string) {
		t.Helper()
		got, err := s.Since(t.Context(), feed, start.Add(after))
		if err != nil || !slices.Equal(names(got), want) {
			t.Errorf("%s after %v: %q, %v; want %q", feed, after, names(got), err, want)
		}
	}
	list(outages.Live, 0)
	drill := doc("drill", 1, 9*time.Hour)
	drill.Feed = outages.Drill
	b := doc("two", 1, 2*time.Hour)
	a := doc("two", 1, 2*time.Hour)
	a.Identifier, b.Identifier = "two-1.1", "two-1.2"
	put(t, s, doc("one", 1, time.Hour), drill)
	put(t, s, b, a)
	list(outages.Live, 0, "one-1", "two-1.1", "two-1.2")
	list(outages.Live, time.Hour, "two-1.1", "two-1.2")
	list(outages.Live, 100*time.Hour, "two-1.1", "two-1.2")
	list(outages.Drill, 0, "drill-1")
	list(outages.Test, 0)
}
