package desk

import (
	"context"
	"fmt"
	"strings"

	"callbox/internal/officials"
	"callbox/internal/proofs"
)

// HasMailbox reports whether ToMe can reach the actor.
func (d *Desk) HasMailbox(a officials.Actor) bool {
	return d.Bell != nil && a.Person() && a.Official.Email != ""
}

// ToMe sends the actor what a draft would tell some of its readers, of whom list holds the proofs, to be read
// in their own mailbox. The mail is no bulletin: it begins with what it is, and goes to nobody else.
// ErrConflict says that the actor has no mailbox, or that it was not taken.
func (d *Desk) ToMe(ctx context.Context, a officials.Actor, draft Draft, list []proofs.Proof) error {
	if !d.HasMailbox(a) || len(list) == 0 {
		return fmt.Errorf("%w: there is nothing to send, or no mail address of yours is known", ErrConflict)
	}
	s := Summons{Subject: "Preview, not an alert: " + list[0].Place, Tag: "preview " + draft.ID,
		Path: "/console" + spaceOf(draft.Declaration.Mode) + "/drafts/" + draft.ID + "/preview",
		Says: []string{"This is a preview, for you alone. It is no alert, and nobody else got it. Do not pass it on.",
			fmt.Sprintf("%s, %s, as the draft stands now:", list[0].Channel, list[0].Lang)}}
	for _, p := range list {
		if p.Unit == "bytes" { // the strings in it stand beside it
			continue
		}
		s.Says = append(s.Says, p.Field+":")
		for line := range strings.Lines(p.Text) {
			if line = strings.TrimSpace(line); line != "" {
				s.Says = append(s.Says, line)
			}
		}
	}
	to, err := d.reach(ctx, a.Agency.ID, a.Name(), "")
	if err != nil {
		return err
	}
	if err := d.Store.Record(ctx, entry(a, "draft.tome", draft.ID, string(list[0].Channel)+" "+string(list[0].Lang))); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, ringWithin)
	defer stop()
	if err := d.Bell.Ring(ctx, wayMail, to, s); err != nil {
		d.Log.Warn("a preview was not taken", "official", a.Name(), "why", why(err))
		return fmt.Errorf("%w: the mail was not taken; try again in a minute, then ask an administrator about your address", ErrConflict)
	}
	return nil
}
