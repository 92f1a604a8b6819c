package desk

import (
	"context"
	"errors"
	"fmt"

	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/outages"
)

// Handover copies a CAP document of the actor's agency for an operator of IPAWS, with a fresh time and a
// report of the rules it meets. It takes a person who drafts or approves, and stands in the audit trail:
// what is handed over may ring every phone in its area. Nothing is transmitted.
func (d *Desk) Handover(ctx context.Context, a officials.Actor, identifier string) (cap.Handover, error) {
	if !a.Person() {
		return cap.Handover{}, fmt.Errorf("%w: a person hands over, not a key", ErrDenied)
	}
	if !a.May(officials.Approver, "") {
		if err := may(a, officials.Drafter, ""); err != nil {
			return cap.Handover{}, err
		}
	}
	doc, o, err := d.document(ctx, a, identifier)
	if err != nil {
		return cap.Handover{}, fmt.Errorf("document %q: %w", identifier, err)
	}
	book, err := d.Book(ctx)
	if err != nil {
		return cap.Handover{}, err
	}
	rules := cap.Rules{Atlas: book, Speaker: o.Speaker}
	for _, b := range o.Bulletins {
		if b.Seq == doc.Seq {
			rules.Speaker = b.Facts.Speaker // as it was when this was said
		}
	}
	all, err := d.Store.Shelf().Incident(ctx, o.ID)
	if err != nil {
		return cap.Handover{}, fmt.Errorf("read the documents of outage %s: %w", o.ID, err)
	}
	for _, e := range all {
		if e.Seq < doc.Seq {
			rules.Earlier = append(rules.Earlier, e)
		}
	}
	h, err := cap.HandOver(doc, rules, d.Now())
	if err != nil {
		return h, err
	}
	detail := "ready"
	if !h.Ready() {
		detail = "blocked"
	}
	return h, d.Store.Record(ctx, entry(a, "feed.handover", identifier, detail))
}

// document reads a document and its outage, where that is of the actor's agency.
func (d *Desk) document(ctx context.Context, a officials.Actor, identifier string) (cap.Document, outages.Outage, error) {
	doc, err := d.Store.Shelf().Read(ctx, identifier)
	if errors.Is(err, cap.ErrNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return doc, outages.Outage{}, err
	}
	o, err := d.outageFor(ctx, a, doc.Incident, outages.Declaration{})
	return doc, o, err
}
