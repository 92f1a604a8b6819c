package desk

import (
	"strings"
	"testing"
)

func TestAFileThatTakesANumberAwaySaysSoFirst(t *testing.T) {
	r := newRoom(t)
	const file = "area,for,tel\nx-clinton,fire,860-555-0166\n"
	compare := func() Replacement {
		c, err := r.CompareDirectory(r.ctx, r.ada, strings.NewReader(file))
		r.ok(err)
		return c
	}
	before := compare()
	if len(before.Added) != 1 || len(before.Removed) != 1 || before.Removed[0].Tel != "+18605550105" || before.Live || len(before.Told) != 0 {
		t.Errorf("without an outage: %+v, want one number to come and one to go", before)
	}
	r.issued("", alertFile)
	during := compare()
	if !during.Live || len(during.Told) != 1 || during.Told[0].Tel != "+18605550105" {
		t.Errorf("while people are told to call it: %+v, want that to be said", during)
	}
	in, err := r.ImportDirectory(r.ctx, r.ada, strings.NewReader(file))
	r.ok(err)
	list, err := r.Proposals(r.ctx, r.ada)
	r.ok(err)
	if in.Proposal == "" || len(list) != 1 || !strings.Contains(strings.Join(list[0].Says, " "), "removes 860-555-0105 of Clinton, CT") {
		t.Errorf("whoever agrees is told %+v, want the number that people are told to call", list)
	}
	if _, err := r.CompareDirectory(r.ctx, r.ada, strings.NewReader("area,for,tel\nx-clinton,fire,911\n")); err == nil {
		t.Error("911 was taken as a number")
	}
}
