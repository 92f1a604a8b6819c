// Package cap publishes bulletins as Common Alerting Protocol documents, for the feed that alert
// aggregators and the operators of wireless alerts read.
//
// [Compose] makes the documents of a bulletin; [Rules] are what a document must keep so that neither the
// standard (OASIS CAP 1.2), the IPAWS profile, the WEA rules nor a known aggregator rejects it; a [Shelf]
// keeps what was published, for ever; [Channel] joins them. Serving the feed is internal/web/feed.
package cap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"callbox/channels"
	"callbox/outages"
)

// Config is what a Channel needs.
type Config struct {
	Shelf  Shelf
	Atlas  Atlas
	Press  Press
	Signer *Signer // nil publishes unsigned; with one, nothing is ever published unsigned
	// Loopback lets the page of an outage be a plain http address on loopback. For demo and tests: it is
	// set by code, never from configuration.
	Loopback bool
	Changed  func() // called after documents appeared on the shelf; may be nil
}

// Channel publishes to the feed, its far side. The feed is an outlet; its destination is the name of its
// list, "live" or "drill". A test bulletin goes to a live outlet that wants tests, and appears in the
// feed of tests.
type Channel struct{ config Config }

var (
	_ channels.Channel = (*Channel)(nil)
	_ channels.Checker = (*Channel)(nil)
)

// New returns a channel. Shelf and Atlas are required.
func New(c Config) (*Channel, error) {
	if c.Shelf == nil || c.Atlas == nil {
		return nil, errors.New("cap: a shelf and an atlas are required")
	}
	c.Press.Atlas = c.Atlas
	return &Channel{config: c}, nil
}

// Check accepts the name of a list.
func (c *Channel) Check(destination string) error {
	switch outages.Mode(destination) {
	case outages.Live, outages.Drill:
		return nil
	}
	return fmt.Errorf("feed %q: a feed is live or drill; a live one that wants tests has them apart", destination)
}

// takes reports whether the outlet of a list takes a mode.
func takes(destination string, mode outages.Mode) bool {
	return destination == string(mode) || destination == string(outages.Live) && mode == outages.Test
}

// Compose returns the documents that Send would publish for m now, unsigned: none for the cancellation of
// what was never published.
func (c *Channel) Compose(ctx context.Context, m channels.Message) ([]Document, error) {
	earlier, err := c.earlier(ctx, m)
	if err != nil {
		return nil, err
	}
	docs, err := Compose(m, c.config.Press, earlier)
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	return docs, err
}

// Lint returns what the rules say about the documents of m, for a desk to show before approval: what it
// lets pass is not refused by Send. Documents that cannot be made at all are one blocking finding; the
// error is the shelf's.
func (c *Channel) Lint(ctx context.Context, m channels.Message) ([]outages.Finding, error) {
	earlier, err := c.earlier(ctx, m)
	if err != nil {
		return nil, err
	}
	docs, err := Compose(m, c.config.Press, earlier)
	if errors.Is(err, errNothing) {
		return nil, nil // it must not keep those from hearing it who were told by other channels
	}
	if err != nil {
		return []outages.Finding{{Rule: "cap", Block: true, Place: "feed", Text: err.Error()}}, nil
	}
	return c.rules(m, earlier).Lint(docs), nil
}

// Send publishes the documents of m: all of them at once, and once however often it is called. The
// receipt names them. What a rule refuses is Refused; a shelf that fails is Later; a signature that
// cannot be made or does not verify is Broken.
func (c *Channel) Send(ctx context.Context, m channels.Message) (channels.Receipt, error) {
	if !takes(m.To, m.Mode) || m.Mode != m.Bulletin.Mode {
		return nil, channels.As(channels.Refused, fmt.Errorf("a %s bulletin for the %s feed, sent as %s", m.Bulletin.Mode, m.To, m.Mode))
	}
	earlier, err := c.earlier(ctx, m)
	if err != nil {
		return nil, err
	}
	docs, err := Compose(m, c.config.Press, earlier)
	if err != nil {
		return nil, channels.As(channels.Refused, err)
	}
	for _, f := range c.rules(m, earlier).Lint(docs) {
		if f.Block {
			return nil, channels.As(channels.Refused, fmt.Errorf("%s, %s: %s", f.Rule, f.Place, f.Text))
		}
	}
	if stored, err := c.published(ctx, docs); err != nil || stored != nil {
		return stored, err
	}
	if err := c.sign(docs); err != nil {
		return nil, channels.As(channels.Broken, err)
	}
	if err := c.config.Shelf.Put(ctx, docs); err != nil {
		return nil, verdictOf(fmt.Errorf("publish the documents: %w", err))
	}
	if c.config.Changed != nil {
		c.config.Changed()
	}
	return receiptOf(docs), nil
}

// earlier returns the documents of the outage's bulletins before that of m.
func (c *Channel) earlier(ctx context.Context, m channels.Message) ([]Document, error) {
	all, err := c.config.Shelf.Incident(ctx, m.Bulletin.Outage)
	if err != nil {
		return nil, fmt.Errorf("read the documents of outage %s: %w", m.Bulletin.Outage, err)
	}
	var out []Document
	for _, d := range all {
		if d.Seq < m.Bulletin.Seq {
			out = append(out, d)
		}
	}
	return out, nil
}

func (c *Channel) rules(m channels.Message, earlier []Document) Rules {
	return Rules{
		Atlas: c.config.Atlas, Speaker: m.Bulletin.Facts.Speaker,
		Earlier: earlier, Loopback: c.config.Loopback,
	}
}

// published returns the receipt of a former attempt that placed the documents already. They appeared
// together, so the first one tells; its signature may be of a key that has been replaced since.
func (c *Channel) published(ctx context.Context, docs []Document) (channels.Receipt, error) {
	stored, err := c.config.Shelf.Read(ctx, docs[0].Identifier)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read document %s: %w", docs[0].Identifier, err)
	case !bytes.Equal(unsigned(stored.XML), docs[0].XML):
		return nil, verdictOf(fmt.Errorf("document %s: %w", docs[0].Identifier, ErrTaken))
	}
	return receiptOf(docs), nil
}

func (c *Channel) sign(docs []Document) error {
	if c.config.Signer == nil {
		return nil
	}
	for i := range docs {
		signed, err := c.config.Signer.Sign(docs[i].XML)
		if err != nil {
			return fmt.Errorf("sign document %s: %w", docs[i].Identifier, err)
		}
		docs[i].XML = signed
	}
	return nil
}

func receiptOf(docs []Document) channels.Receipt {
	var out channels.Receipt
	for _, d := range docs {
		out = append(out, channels.Part{ID: d.Identifier, Sent: d.Sent, Expires: d.Expires})
	}
	return out
}

func verdictOf(err error) error {
	if errors.Is(err, ErrTaken) {
		return channels.As(channels.Refused, err)
	}
	return err
}

// mark is the word of a mode as it stands first in every string of a language, with its colon.
func mark(mode outages.Mode, language string) string {
	spanish := strings.HasPrefix(language, "es")
	switch {
	case mode == outages.Drill && spanish:
		return "SIMULACRO: "
	case mode == outages.Drill:
		return "DRILL: "
	case mode == outages.Test && spanish:
		return "PRUEBA: "
	case mode == outages.Test:
		return "TEST: "
	}
	return ""
}
