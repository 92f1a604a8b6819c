package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"callbox/areas"
	"callbox/channels"
	"callbox/templates"
)

// Bounds of what is kept in memory of bulletins in work.
const (
	maxEditions = 8    // bulletins with all their texts; a state is about a megabyte
	maxJoined   = 4096 // joined texts of readers of several areas, in each
)

// errNoText refuses a delivery to areas that its bulletin does not speak to: no area, no send.
var errNoText = errors.New("the bulletin has no text for the areas of this address")

// Key names the message of a bulletin to an address, the same at every attempt. It consists of letters,
// digits, "-", "_" and ".", so that it may stand in a URL and in a Message-ID (RFC 5322 dot-atom).
func Key(outage string, seq int, address int64) string {
	return keys(outage, seq) + strconv.FormatInt(address, 10)
}

// keys is what the keys of a bulletin begin with.
func keys(outage string, seq int) string { return plain(outage) + "." + strconv.Itoa(seq) + "." }

// plain writes what is not a letter, digit or "-" as "_" and its hex code, so that no two names meet.
func plain(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// edition is a bulletin in work: its texts, and those joined from them for readers of several areas.
type edition struct {
	loading sync.Mutex
	*Issued // nil until loaded
	page    string
	key     string // what the keys of its messages begin with

	mu     sync.Mutex
	joined map[string][]templates.Text
}

// editions keeps the bulletins in work.
type editions struct {
	mu    sync.Mutex
	byID  map[int64]*edition
	order []int64 // oldest use first
}

// get returns the edition of a bulletin and loads it when it is not there.
func (es *editions) get(ctx context.Context, s *Sender, id int64) (*edition, error) {
	e := es.entry(id)
	e.loading.Lock()
	defer e.loading.Unlock()
	if e.Issued != nil {
		return e, nil
	}
	issued, err := s.ledger.Issued(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read the texts of bulletin %d: %w", id, err)
	}
	e.page, e.key = s.opts.Page(issued.Bulletin), keys(issued.Bulletin.Outage, issued.Bulletin.Seq)
	e.Issued = issued
	return e, nil
}

func (es *editions) entry(id int64) *edition {
	es.mu.Lock()
	defer es.mu.Unlock()
	if i := slices.Index(es.order, id); i >= 0 {
		es.order = append(slices.Delete(es.order, i, i+1), id)
		return es.byID[id]
	}
	if len(es.order) == maxEditions {
		delete(es.byID, es.order[0])
		es.order = slices.Delete(es.order, 0, 1)
	}
	if es.byID == nil {
		es.byID = map[int64]*edition{}
	}
	e := &edition{joined: map[string][]templates.Text{}}
	es.byID[id], es.order = e, append(es.order, id)
	return e
}

// message builds what a channel sends for a delivery; texts are those of the recipient.
func (e *edition) message(d Delivery, r Recipient, texts []templates.Text, leave func(int64) string) (channels.Message, error) {
	if len(texts) == 0 {
		return channels.Message{}, channels.As(channels.Refused, fmt.Errorf("%w: %w", errUnfit, errNoText))
	}
	b := e.Bulletin
	m := channels.Message{
		Key:      e.key + strconv.FormatInt(d.Address, 10),
		Mode:     b.Mode,
		To:       r.Destination,
		Bulletin: b,
		Texts:    texts,
		Begun:    d.Receipt,
		Page:     e.page,
	}
	if r.Crowd {
		m.Earlier = r.Earlier
	} else {
		m.Leave = leave(d.Address)
	}
	return m, nil
}

// textsFor returns the texts of each recipient of a batch. Most share their areas and languages with one of
// those just before.
func (e *edition) textsFor(rs []Recipient) [][]templates.Text {
	out := make([][]templates.Text, len(rs))
	for i := range rs {
		for j := i - 1; j >= max(0, i-8) && out[i] == nil; j-- {
			if rs[i].Crowd == rs[j].Crowd && slices.Equal(rs[i].Areas, rs[j].Areas) && slices.Equal(rs[i].Langs, rs[j].Langs) {
				out[i] = out[j]
			}
		}
		if out[i] == nil {
			out[i] = e.texts(rs[i])
		}
	}
	return out
}

// texts returns the texts of a recipient, one for each of its languages; none when the bulletin does not
// speak to its areas. The result is shared and must not be changed.
func (e *edition) texts(r Recipient) []templates.Text {
	if r.Crowd {
		return inLangs(r.Langs, e.crowd(r.Areas))
	}
	// The areas themselves are the key: a text can then never be served to a reader of other areas.
	key := joinIDs(r.Areas)
	for _, l := range r.Langs {
		key += " " + string(l)
	}
	e.mu.Lock()
	texts, ok := e.joined[key]
	e.mu.Unlock()
	if ok {
		return texts
	}
	texts = inLangs(r.Langs, e.person(r.Areas))
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.joined) >= maxJoined {
		clear(e.joined)
	}
	e.joined[key] = texts
	return texts
}

// crowd finds the stored text of an outlet's areas, in whatever order they come.
func (e *edition) crowd(ids []areas.ID) func(templates.Lang) (templates.Text, bool) {
	byLang, ok := e.Crowds[joinIDs(ids)]
	if !ok {
		byLang = e.Crowds[joinIDs(slices.Sorted(slices.Values(ids)))]
	}
	return func(l templates.Lang) (templates.Text, bool) {
		t, ok := byLang[l]
		return t, ok
	}
}

// person joins the texts of those areas that the bulletin speaks to, in the order of their IDs. A
// language counts only where all of them have it: nobody gets half a message.
func (e *edition) person(ids []areas.ID) func(templates.Lang) (templates.Text, bool) {
	var spoken []areas.ID
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if len(e.Texts[id]) > 0 {
			spoken = append(spoken, id)
		}
	}
	return func(l templates.Lang) (templates.Text, bool) {
		var texts []templates.Text
		for _, id := range spoken {
			t, ok := e.Texts[id][l]
			if !ok {
				return templates.Text{}, false
			}
			texts = append(texts, t)
		}
		switch len(texts) {
		case 0:
			return templates.Text{}, false
		case 1:
			return texts[0], true
		}
		return templates.Join(texts), true
	}
}

// Spoken returns those of a crowd's stored texts that an outlet of some languages gets, best first.
func Spoken(langs []templates.Lang, texts []templates.Text) []templates.Text {
	return inLangs(langs, func(l templates.Lang) (templates.Text, bool) {
		i := slices.IndexFunc(texts, func(t templates.Text) bool { return t.Lang == l })
		if i < 0 {
			return templates.Text{}, false
		}
		return texts[i], true
	})
}

// inLangs takes the text of each language, best first; English stands in for one that has none.
func inLangs(langs []templates.Lang, text func(templates.Lang) (templates.Text, bool)) []templates.Text {
	if len(langs) == 0 {
		langs = []templates.Lang{templates.English}
	}
	var out []templates.Text
	for _, l := range langs {
		t, ok := text(l)
		if !ok {
			t, ok = text(templates.English)
		}
		same := func(have templates.Text) bool { return have.Lang == t.Lang }
		if ok && !slices.ContainsFunc(out, same) {
			out = append(out, t)
		}
	}
	return out
}

func joinIDs(ids []areas.ID) string {
	switch len(ids) {
	case 0:
		return ""
	case 1:
		return string(ids[0])
	}
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(id))
	}
	return b.String()
}
