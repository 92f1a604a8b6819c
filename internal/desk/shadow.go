package desk

import (
	"slices"
	"time"

	"callbox/areas"
	"callbox/outages"
)

// shadows words the two bulletins that may have to follow a draft at once, its retraction and its
// all-clear, and returns what the rules say of them: whoever approves the draft can then take it back
// with one press. Their places begin with "if retracted" and "if cleared".
func (d *Desk) shadows(o outages.Outage, draft outages.Draft, book *areas.Book, crowds []string) (outages.Findings, error) {
	if draft.Declaration.Kind.Ends() || len(draft.Facts.Advice) == 0 {
		return nil, nil
	}
	now := d.Now().UTC().Truncate(time.Second) // as Resolve has it
	o.Bulletins = append(slices.Clip(o.Bulletins), d.issued(o, draft))
	var out outages.Findings
	for _, shadow := range []struct {
		place string
		decl  outages.Declaration
	}{
		{"if retracted", outages.Declaration{Kind: outages.Retract, Mode: o.Mode, Reason: outages.SentInError}},
		{"if cleared", outages.Declaration{Kind: outages.AllClear, Mode: o.Mode, Restored: now}},
	} {
		end := outages.Draft{Outage: o.ID, Seq: draft.Seq + 1, Declaration: shadow.decl}
		var findings outages.Findings
		end.Facts, findings = outages.Resolve(o, shadow.decl, book, now)
		texts, err := d.texts(end, book, crowds)
		if err != nil {
			return out, err
		}
		for _, f := range append(findings, d.words().Lint(end, texts.All())...) {
			f.Place = shadow.place + ": " + f.Place
			out = append(out, f)
		}
	}
	return out, nil
}
