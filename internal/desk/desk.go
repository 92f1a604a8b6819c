// Package desk holds the use cases: what officials and residents do, each written once, for the console,
// the API, the command line and the demo alike.
//
// Officials declare, submit, approve, release, stop and retract; residents sign up, confirm, move and
// leave. Every method asks first whether the one who acts may.
package desk

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/proofs"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/subscribers"
	"callbox/templates"
)

// Config is what a desk needs.
type Config struct {
	Store *store.Store
	Words *templates.Wordings // what officials publish is laid over them
	Links *subscribers.Links
	// Channels check destinations at sign-up; nil refuses the channel.
	Channels map[channels.Name]channels.Channel
	// Checks are the rules of channels on a draft's crowd texts, run when it is submitted, so that
	// nothing approved is refused when it is published.
	Checks []func(context.Context, channels.Message) ([]outages.Finding, error)
	Press  proofs.Press                    // shows officials what channels would send
	Post   Post                            // sends letters to residents; nil takes no sign-ups by mail
	Bell   Bell                            // wakes officials; nil wakes nobody
	Page   func(b outages.Bulletin) string // the public URL of an outage
	Place  func(areas.ID) string           // the short public URL of an area; nil where there are no pages
	// Machine says what the machine itself has or lacks: keys, disk, clock. May be nil.
	Machine func(context.Context) []Check
	// AuditCopy is the file of the second copy of the audit trail; empty keeps none.
	AuditCopy string
	Now       func() time.Time // nil for the wall clock
	Log       *slog.Logger
	// Issued is called after a bulletin is in the ledger, so that sending begins at once. May be nil.
	Issued func()
}

// Desk is the use cases over one store. Its methods may be called by many goroutines.
type Desk struct {
	Config
	mu      sync.Mutex
	book    *areas.Book
	version int64                              // of the book
	edited  atomic.Pointer[templates.Wordings] // with what was published; nil before the book was read
	codes   codes
}

// Errors that the surfaces tell apart. Everything else is ours and shown to nobody in detail.
var (
	ErrDenied   = officials.ErrDenied
	ErrNotFound = store.ErrNotFound
	ErrConflict = outages.ErrConflict
)

// Blocked is the error of a draft that a rule stops. It stays a draft.
type Blocked struct{ Findings outages.Findings }

func (b *Blocked) Error() string {
	var lines []string
	for _, f := range b.Findings {
		if f.Block {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", f.Place, f.Text, f.Rule))
		}
	}
	return "blocked:\n" + strings.Join(lines, "\n")
}

// New returns a desk.
func New(c Config) (*Desk, error) {
	if c.Store == nil || c.Words == nil || c.Links == nil || c.Page == nil {
		return nil, errors.New("desk: a store, wordings, links and the page are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Issued == nil {
		c.Issued = func() {}
	}
	return &Desk{Config: c}, nil
}

// Book returns the areas and the directory as they are now.
func (d *Desk) Book(ctx context.Context) (*areas.Book, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	version, err := d.Store.BookVersion(ctx)
	if err != nil {
		return d.book, errors.Join(err, missing(d.book))
	}
	if d.book != nil && version == d.version {
		return d.book, nil
	}
	h, version, err := d.Store.Holdings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	book, err := areas.NewBook(h)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	edits, err := d.Store.Wording(ctx)
	if err != nil {
		return nil, err
	}
	words, err := d.Words.With(edits.Edits)
	if err != nil {
		return nil, fmt.Errorf("published wording %d: %w", edits.Version, err)
	}
	d.edited.Store(words)
	d.book, d.version = book, version
	return book, nil
}

// words are the wordings in use: those of the configuration, with what was published since. They are as
// new as the book that was asked for last.
func (d *Desk) words() *templates.Wordings {
	if w := d.edited.Load(); w != nil {
		return w
	}
	return d.Words
}

func missing(b *areas.Book) error {
	if b == nil {
		return errors.New("the directory was never read")
	}
	return nil
}

// entry begins an entry of the audit trail.
func entry(a officials.Actor, action, object, detail string) officials.Entry {
	return officials.Entry{Agency: a.Agency.ID, Actor: a.Name(), Action: action, Object: object, Detail: detail}
}

func may(a officials.Actor, r officials.Role, m outages.Mode) error {
	if a.May(r, m) {
		return nil
	}
	what := "the role " + string(r)
	if m != "" && a.Mode != "" && a.Mode != m {
		what = "a key for " + string(m) + " outages"
	}
	return fmt.Errorf("%w: this needs %s", ErrDenied, what)
}

var lower = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// token returns n random characters that are hard to misread.
func token(n int) string {
	raw := make([]byte, n)
	rand.Read(raw)
	return lower.EncodeToString(raw)[:n]
}
