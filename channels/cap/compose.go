package cap

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/outages"
)

// Atlas knows the areas; an *areas.Book is one.
type Atlas interface {
	Area(areas.ID) (areas.Area, bool)
	Readers(scope areas.ID) []areas.ID
	Shape(areas.ID) []areas.Ring
}

// Press is what stands in every document, beside the bulletin.
type Press struct {
	Atlas   Atlas
	Source  string // who operates the feed, at most 30 characters; empty means "911 outage desk"
	Contact string // for questions about the alert; empty means the sender
}

// Times of a document.
const (
	normalLife = 4 * time.Hour  // where the bulletin says nothing
	longestWEA = 24 * time.Hour // a renewal follows before it lapses
	endLife    = time.Hour      // of an all-clear and a cancel
)

// Compose makes the documents of a bulletin: one for each group of areas with the same advice, at most
// eight. earlier are the published documents of the same outage's former bulletins, oldest first; every
// document references those that are still live. It is pure; signing comes after it.
func Compose(m channels.Message, p Press, earlier []Document) ([]Document, error) {
	groups, err := groupsOf(m)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, errors.New("nothing is left to publish")
	}
	frame, err := frameOf(m, p, earlier)
	if err != nil {
		return nil, err
	}
	var docs []Document
	for i, g := range groups {
		name := Identifier(m.Bulletin.Outage, m.Bulletin.Seq)
		if len(groups) > 1 {
			name += "." + strconv.Itoa(i+1)
		}
		docs = append(docs, frame.document(name, g))
	}
	return docs, nil
}

// Identifier names the document of a bulletin. A bulletin of several documents adds a point and a number
// from 1 to it.
func Identifier(outage string, seq int) string { return outage + "-" + strconv.Itoa(seq) }

// frame is what the documents of one bulletin share.
type frame struct {
	message channels.Message
	press   Press
	alert   Alert // without identifier and infos
	sent    time.Time
	expires time.Time // of a document whose group still fails
}

// errNothing refuses the cancellation of an outage that the feed never told of.
var errNothing = errors.New("nothing of this outage was published, so there is nothing to cancel")

func frameOf(m channels.Message, p Press, earlier []Document) (frame, error) {
	b := m.Bulletin
	zone, err := time.LoadLocation(b.Facts.Speaker.Zone)
	if err != nil {
		return frame{}, fmt.Errorf("the agency's time zone: %w", err)
	}
	references, newest, err := referencesTo(earlier, b.Issued)
	if err != nil {
		return frame{}, err
	}
	if len(references) == 0 && b.Kind == outages.Retract {
		return frame{}, errNothing
	}
	// Not the bulletin on the page: a phone alert has no room for its code, and a document has a name.
	m.Page, _, _ = strings.Cut(m.Page, "#")
	f := frame{message: m, press: p, sent: b.Issued.Truncate(time.Second).In(zone)}
	if !f.sent.After(newest) {
		// The clock was set back: a document must not be older than those it references.
		f.sent = newest.Add(time.Second).In(zone)
	}
	f.expires = f.expiry()
	f.alert = Alert{
		Sender: senderOf(m, references), Sent: stampOf(f.sent), Status: "Actual", MsgType: "Update",
		Source: clean(p.Source), Scope: "Public", Codes: []string{"IPAWSv1.0"},
		References: strings.Join(stringsOf(references), " "), Incidents: b.Outage,
	}
	if f.alert.Source == "" {
		f.alert.Source = "911 outage desk"
	}
	switch {
	case b.Kind == outages.Retract:
		f.alert.MsgType = "Cancel"
	case len(references) == 0:
		f.alert.MsgType = "Alert"
	}
	switch b.Mode {
	case outages.Drill:
		f.alert.Status, f.alert.Note = "Exercise", "DRILL: an exercise. Nothing in it is real."
	case outages.Test:
		f.alert.Status, f.alert.Note = "Test", "TEST: a test of this feed. Nothing in it is real."
	}
	return f, nil
}

// expiry is when the documents lapse: with the bulletin, within what WEA allows.
func (f frame) expiry() time.Time {
	b := f.message.Bulletin
	end := f.sent.Add(normalLife)
	if !b.Expires.IsZero() {
		end = f.sent.Add(b.Expires.Sub(b.Issued).Truncate(time.Second))
	}
	if latest := f.sent.Add(longestWEA); end.After(latest) {
		return latest
	}
	return end
}

// referencesTo returns the triples of the documents that are live at a moment, as their own bytes give
// them, and when the newest of all was sent. When all have lapsed it returns those of the newest
// bulletin, so that the chain does not break.
func referencesTo(earlier []Document, at time.Time) ([]Reference, time.Time, error) {
	var live, last []Reference
	var newest time.Time
	seq := 0
	for _, d := range earlier {
		r, err := referenceOf(d.XML)
		if err != nil {
			return nil, newest, fmt.Errorf("document %s: %w", d.Identifier, err)
		}
		if d.Expires.After(at) {
			live = append(live, r)
		}
		if d.Seq > seq {
			last, seq = nil, d.Seq
		}
		if last = append(last, r); d.Sent.After(newest) {
			newest = d.Sent
		}
	}
	if len(live) == 0 {
		live = last
	}
	return live, newest, nil
}

func stringsOf(references []Reference) []string {
	var out []string
	for _, r := range references {
		out = append(out, r.String())
	}
	return out
}

// senderOf keeps the sender of a chain: a message may only update those of its own sender.
func senderOf(m channels.Message, references []Reference) string {
	if len(references) > 0 {
		return references[0].Sender
	}
	return m.Bulletin.Facts.Speaker.Sender
}

func (f frame) document(name string, g group) Document {
	a, expires := f.alert, f.expires
	a.Identifier = name
	if g.outlook.over() {
		expires = f.sent.Add(endLife)
	}
	place := f.placeOf(g)
	for _, v := range g.texts {
		info := f.info(g, v, place)
		info.Expires = stampOf(expires)
		a.Infos = append(a.Infos, info)
	}
	f.addWEA(&a, g)
	return Document{
		Identifier: name, Feed: f.message.Mode, Incident: f.message.Bulletin.Outage, Seq: f.message.Bulletin.Seq,
		Sent: f.sent, Expires: expires, XML: a.Marshal(),
	}
}

// placeOf draws the areas of a group, without their name: the same in every language. Where the group
// is all of a declared area, that area's own outline and code stand for its parts.
func (f frame) placeOf(g group) Area {
	left := map[areas.ID]areas.Area{}
	for _, a := range g.areas {
		left[a.ID] = a
	}
	all := func(ids []areas.ID) bool {
		return len(ids) > 0 && !slices.ContainsFunc(ids, func(id areas.ID) bool { _, ok := left[id]; return !ok })
	}
	var places []areas.Area
	for _, scope := range f.message.Bulletin.Facts.Scope {
		readers := f.press.Atlas.Readers(scope.ID)
		if !all(readers) {
			continue
		}
		places = append(places, scope)
		for _, id := range readers {
			delete(left, id)
		}
	}
	for _, a := range g.areas { // in the group's order, for stable bytes
		if _, ok := left[a.ID]; ok {
			places = append(places, a)
		}
	}
	return f.draw(places)
}

// maxCodes is how many geocodes EAS takes (47 CFR 11.31).
const maxCodes = 31

func (f frame) draw(places []areas.Area) Area {
	var rings []areas.Ring
	var codes, states []string
	for _, a := range places {
		shape := f.press.Atlas.Shape(a.ID)
		if shape == nil {
			shape = f.press.Atlas.Shape(a.Within) // an area that the book does not keep any more
		}
		rings = append(rings, shape...)
		for _, code := range f.codesOf(a) {
			codes = append(codes, code)
			if len(code) == 6 {
				states = append(states, "0"+code[1:3]+"000")
			}
		}
	}
	slices.Sort(codes)
	if codes = slices.Compact(codes); len(codes) > maxCodes {
		slices.Sort(states)
		codes = slices.Compact(states)
	}
	var out Area
	for _, r := range outline(rings) {
		out.Polygons = append(out.Polygons, r.String())
	}
	for _, code := range codes {
		out.Geocodes = append(out.Geocodes, Value{"SAME", code})
	}
	return out
}

// codesOf returns the SAME codes of an area, or those of the nearest area it lies within: a town that was
// imported without one is in the county that has it.
func (f frame) codesOf(a areas.Area) []string {
	for known := true; known && len(a.SAME) == 0; {
		a, known = f.press.Atlas.Area(a.Within)
	}
	return a.SAME
}
