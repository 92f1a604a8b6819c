package push

import (
	"slices"
	"sync"

	"callbox/templates"
)

// maxBodies bounds what is kept; a state in two languages has some seven hundred texts.
const maxBodies = 1024

// bodies keeps the bodies that were made last: all readers of an area get the same one. A body is used
// only for a text that equals the one it was made of, so nobody ever gets that of another area.
type bodies struct {
	mu   sync.RWMutex
	kept map[bodyKey]keptBody
}

// bodyKey finds a body; several texts may share one.
type bodyKey struct {
	lang  templates.Lang
	title string
	named int
}

type keptBody struct {
	text templates.Text
	body string
}

// of is body, made once for equal texts.
func (bs *bodies) of(t templates.Text, named int) string {
	key := bodyKey{t.Lang, t.Title, named}
	bs.mu.RLock()
	k, ok := bs.kept[key]
	bs.mu.RUnlock()
	if ok && sameText(k.text, t) {
		return k.body
	}
	k = keptBody{copied(t), body(t, named)}
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.kept == nil || len(bs.kept) >= maxBodies {
		bs.kept = map[bodyKey]keptBody{}
	}
	bs.kept[key] = k
	return k.body
}

// copied is a text in memory that its owner cannot change.
func copied(t templates.Text) templates.Text {
	t.Opening, t.Closing, t.Parts = slices.Clone(t.Opening), slices.Clone(t.Closing), slices.Clone(t.Parts)
	for i := range t.Parts {
		p := &t.Parts[i]
		p.Clauses, p.Numbers = slices.Clone(p.Clauses), slices.Clone(p.Numbers)
	}
	return t
}

// sameText compares everything that a body is made of.
func sameText(a, b templates.Text) bool {
	return a.Lang == b.Lang && a.Mark == b.Mark && a.More == b.More &&
		slices.Equal(a.Opening, b.Opening) && slices.Equal(a.Closing, b.Closing) &&
		slices.EqualFunc(a.Parts, b.Parts, samePart)
}

func samePart(a, b templates.Part) bool {
	return a.Name == b.Name && a.Brief == b.Brief && slices.Equal(a.Clauses, b.Clauses) && slices.Equal(a.Numbers, b.Numbers)
}
