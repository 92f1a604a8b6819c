package email

import (
	"hash/maphash"
	"slices"
	"sync"

	"callbox/channels"
	"callbox/templates"
)

// maxForms bounds the shared bytes of the forms that are kept.
const maxForms = 8 << 20

// forms keeps the forms that were rendered last. A form is found by a hash and used only after every
// value that it was made of was compared: nobody ever gets the text of another area.
type forms struct {
	mu   sync.RWMutex
	kept map[uint64][]keptForm
	size int
	seed maphash.Seed
}

type keptForm struct {
	message channels.Message
	form    *form
}

func newForms() *forms { return &forms{kept: map[uint64][]keptForm{}, seed: maphash.MakeSeed()} }

// of returns the form of a message, rendering it when it is not kept.
func (fs *forms) of(m *channels.Message, from Sender) (*form, error) {
	hash := fs.hash(m)
	fs.mu.RLock()
	f := find(fs.kept[hash], m)
	fs.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	f, err := render(*m, from)
	if err != nil {
		return nil, err
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if other := find(fs.kept[hash], m); other != nil {
		return other, nil // rendered meanwhile by another goroutine
	}
	if fs.size+f.size > maxForms {
		clear(fs.kept)
		fs.size = 0
	}
	fs.size += f.size
	fs.kept[hash] = append(fs.kept[hash], keptForm{copyShared(*m), f})
	return f, nil
}

func (fs *forms) hash(m *channels.Message) uint64 {
	var h maphash.Hash
	h.SetSeed(fs.seed)
	h.WriteString(m.Bulletin.Outage)
	h.WriteByte(byte(m.Bulletin.Seq))
	for i := range m.Texts {
		h.WriteString(string(m.Texts[i].Lang))
		for j := range m.Texts[i].Parts {
			h.WriteString(m.Texts[i].Parts[j].Name)
		}
	}
	return h.Sum64()
}

func find(kept []keptForm, m *channels.Message) *form {
	for i := range kept {
		if sameForm(&kept[i].message, m) {
			return kept[i].form
		}
	}
	return nil
}

// copyShared keeps what a form was made of, in memory that the caller cannot change.
func copyShared(m channels.Message) channels.Message {
	m.Texts = slices.Clone(m.Texts)
	for i := range m.Texts {
		t := &m.Texts[i]
		t.Opening, t.Closing = slices.Clone(t.Opening), slices.Clone(t.Closing)
		t.Parts = slices.Clone(t.Parts)
		for j := range t.Parts {
			p := &t.Parts[j]
			p.Clauses, p.Numbers = slices.Clone(p.Clauses), slices.Clone(p.Numbers)
		}
	}
	return m
}

// sameForm compares everything that render reads.
func sameForm(a, b *channels.Message) bool {
	return a.Mode == b.Mode && a.Page == b.Page && (a.Leave == "") == (b.Leave == "") &&
		a.Bulletin.Outage == b.Bulletin.Outage && a.Bulletin.Issued.Equal(b.Bulletin.Issued) &&
		a.Bulletin.Facts.Speaker.ID == b.Bulletin.Facts.Speaker.ID &&
		a.Bulletin.Facts.Speaker.Name == b.Bulletin.Facts.Speaker.Name &&
		slices.EqualFunc(a.Texts, b.Texts, sameText)
}

func sameText(a, b templates.Text) bool {
	return a.Lang == b.Lang && a.Title == b.Title && a.Topic == b.Topic && a.More == b.More && a.Leave == b.Leave &&
		slices.Equal(a.Opening, b.Opening) && slices.Equal(a.Closing, b.Closing) &&
		slices.EqualFunc(a.Parts, b.Parts, samePart)
}

func samePart(a, b templates.Part) bool {
	return a.Name == b.Name && slices.Equal(a.Clauses, b.Clauses) && slices.Equal(a.Numbers, b.Numbers)
}
