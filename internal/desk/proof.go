package desk

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/proofs"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// Proofs shows everything that a draft would send, as each channel composes it: for the readers of every
// area in every language, and for every crowd. A text that a channel cannot send, or that is longer than
// its limit, is a finding. The links to leave, which are each reader's own, are shown as the link to the
// page.
func (d *Desk) Proofs(ctx context.Context, draft Draft) ([]proofs.Proof, outages.Findings) {
	b := d.issued(outages.Outage{ID: draft.Outage, Mode: draft.Declaration.Mode}, draft.Draft.Draft)
	return d.proofsOf(ctx, d.Press, b, draft.Texts)
}

// proofsOf are the proofs of a bulletin's texts.
func (d *Desk) proofsOf(ctx context.Context, press proofs.Press, b outages.Bulletin, texts store.Texts) ([]proofs.Proof, outages.Findings) {
	m := channels.Message{Key: "preview", Mode: b.Mode, To: string(b.Mode), Bulletin: b, Page: d.Page(b)}
	var out []proofs.Proof
	var findings outages.Findings
	keep := func(list []proofs.Proof, err error) {
		out = append(out, list...)
		if err != nil {
			findings = append(findings, outages.Finding{Rule: "unsendable", Block: true, Text: err.Error()})
		}
	}
	for _, t := range texts.Areas {
		person := m
		person.Texts, person.Leave = []templates.Text{t}, m.Page
		keep(press.Person(person))
	}
	crowds, err := d.voices(ctx, b.Mode, texts.Crowds)
	keep(nil, err)
	for _, c := range crowds {
		crowd := m
		crowd.Texts = c.Texts
		ids, place := d.outlet(ctx, c.Areas)
		keep(press.Crowd(ctx, crowd, ids, place+c.Langs))
	}
	return out, append(findings, proofs.Findings(out)...)
}

// Federal fills in the federal template for phones for every area in which a live draft says that 911
// fails, with the link to its page, or to the first page where that is too long. Where nothing fits a
// warning says so.
func (d *Desk) Federal(draft Draft) ([]templates.Federal, outages.Findings) {
	page := d.Page(d.issued(outages.Outage{ID: draft.Outage, Mode: draft.Declaration.Mode}, draft.Draft.Draft))
	page, _, _ = strings.Cut(page, "#") // there is no room for the code of the bulletin
	var site string
	if u, err := url.Parse(page); err == nil {
		site = u.Scheme + "://" + u.Host
	}
	var out []templates.Federal
	var findings outages.Findings
	for _, a := range draft.Facts.Advice {
		var list []templates.Federal
		var err error
		links := []string{page, site}
		if d.Place != nil {
			links = []string{d.Place(a.Area.ID), site}
		}
		for _, link := range links {
			if list, err = d.words().Federal(draft.Draft.Draft, a.Area.ID, link); err == nil {
				break
			}
		}
		if err != nil {
			findings = append(findings, outages.Finding{Rule: "federal", Place: a.Area.Name, Text: err.Error()})
		}
		out = append(out, list...)
	}
	return out, findings
}

// outlet reads the area set of outlets, and names it in short.
func (d *Desk) outlet(ctx context.Context, set string) (ids []areas.ID, place string) {
	for id := range strings.SplitSeq(set, ",") {
		ids = append(ids, areas.ID(id))
	}
	book, err := d.Book(ctx)
	if len(ids) > 3 || err != nil {
		return ids, fmt.Sprintf("outlets of %d areas", len(ids))
	}
	var names []string
	for _, id := range ids {
		a, _ := book.Area(id)
		names = append(names, cmp.Or(a.FullName(), string(id)))
	}
	return ids, "outlets of " + strings.Join(names, ", ")
}
