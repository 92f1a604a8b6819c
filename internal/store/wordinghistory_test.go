package store

import (
	"testing"

	"callbox/internal/officials"
	"callbox/templates"
)

func TestEveryPublishedWordingIsKept(t *testing.T) {
	b := newBench(t)
	for i, text := range []string{"one", "two"} {
		w := Wording{Version: int64(i + 1), Author: "eve", Publisher: "pat", Edits: templates.Edits{templates.English: {"a.b": text}}}
		b.ok(b.PublishWording(b.ctx, w, officials.Entry{Actor: "pat", Action: "wording.publish"}))
	}
	got, err := b.Wordings(b.ctx)
	b.ok(err)
	if len(got) != 2 || got[0].Edits[templates.English]["a.b"] != "one" || got[1].Version != 2 || got[1].Author != "eve" || got[1].At.IsZero() {
		t.Errorf("got %+v, want both versions, the older first", got)
	}
}
