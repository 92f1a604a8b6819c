package desk

import (
	"context"
	"fmt"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
)

// declarable refuses a declaration for areas that the one who declares may not speak for. What lies outside
// the jurisdiction of the whole agency is a finding of the draft instead, as for everybody.
func (d *Desk) declarable(ctx context.Context, a officials.Actor, decl outages.Declaration) error {
	if a.Official == nil || len(a.Official.Areas) == 0 {
		return nil
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	var problems outages.Problems
	for i, c := range decl.Conditions {
		if book.Inside(a.Agency.Jurisdiction, c.Area) && !book.Inside(a.Official.Areas, c.Area) {
			problems = append(problems, outages.Problem{Place: fmt.Sprintf("conditions[%d].area", i),
				Text: fmt.Sprintf("%s lies outside the areas that you may declare for; ask a colleague who may", nameOf(book, c.Area))})
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// approvable refuses the approval of a draft that speaks to areas outside those of the one who approves.
func (d *Desk) approvable(ctx context.Context, a officials.Actor, draft store.Draft) error {
	if a.Official == nil || len(a.Official.Areas) == 0 {
		return nil
	}
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	for _, advice := range draft.Facts.Advice {
		if !book.Inside(a.Official.Areas, advice.Area.ID) {
			return fmt.Errorf("%w: it speaks to %s, which lies outside the areas that you may approve for", ErrDenied, advice.Area.FullName())
		}
	}
	return nil
}

func nameOf(book *areas.Book, id areas.ID) string {
	if area, ok := book.Area(id); ok {
		return area.FullName()
	}
	return string(id)
}
