package approve

import (
	"context"
	"errors"
	"net/http"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// approve takes the word of the second person. Nothing is sent unless the draft is the one that was read, the
// box is ticked and, for a live one, they proved that it is them.
func approve(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State != store.DraftSubmitted {
		return moved(c, d)
	}
	may, err := c.Desk.MayApprove(c.Context(), c.Actor, d)
	switch {
	case err != nil:
		return err
	case !may: // no page of ours offers it: the desk refuses, and records that
		_, err := c.Desk.Approve(c.Context(), c.Actor, d.ID, desk.Word{Code: d.Hash})
		return err
	case d.Hash != c.PostFormValue("hash"):
		return moved(c, d)
	case c.PostFormValue("read") == "":
		return page(c, d, frame.Errors{{Field: "read", Text: "Tick that you have read it. Nothing was sent."}})
	}
	if c.Space == outages.Live {
		err := c.Touched(purpose(d))
		if errors.Is(err, frame.ErrUntouched) {
			return page(c, d, frame.Errors{{Field: "send", Text: "Confirm with your passkey that it is you. Nothing was sent."}})
		}
		if err != nil {
			return err
		}
	}
	_, err = c.Desk.Approve(c.Context(), c.Actor, d.ID, desk.Word{Code: d.Hash})
	if errors.Is(err, desk.ErrConflict) { // somebody was quicker
		if d, err = load(c); err == nil {
			err = moved(c, d)
		}
		return err
	}
	if err != nil {
		return err
	}
	return c.See(path(c, d) + "/window")
}

// movedView is the page for an approver whose page is out of date.
type movedView struct {
	Sentence string
	Changes  []account.Change
	Path     string
}

// moved says what became of a draft since it was read. Nothing was sent by what they pressed.
func moved(c *frame.Call, d desk.Draft) error {
	v := movedView{Path: path(c, d)}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	switch d.State {
	case store.DraftApproved, store.DraftIssued:
		v.Sentence = "It was already approved"
		if d.Approval != nil {
			v.Sentence += " by " + name(names, d.Approval.By) + " at " + c.When(d.Approval.At)
		}
		v.Sentence += "."
	case store.DraftSubmitted:
		v.Sentence = "It was changed after you opened the page. Nothing was sent."
	case store.DraftOpen:
		v.Sentence = "It was taken back for editing. Nothing was sent."
	default:
		v.Sentence = "It was withdrawn. Nothing was sent."
	}
	if d.State == store.DraftSubmitted || d.State == store.DraftOpen {
		v.Changes = account.Changes(account.Kept(c.PostFormValue("seen")), account.Of(d.Draft.Draft, c.Now))
	}
	return c.Show(http.StatusConflict, "approve-moved", "It changed meanwhile", v)
}

// giveBack returns or rejects a draft.
func giveBack(do func(*desk.Desk, context.Context, officials.Actor, string, desk.Refusal) (desk.Draft, error)) func(*frame.Call) error {
	return func(c *frame.Call) error {
		d, err := load(c)
		if err != nil {
			return err
		}
		_, err = do(c.Desk, c.Context(), c.Actor, d.ID, desk.Refusal{Hash: c.PostFormValue("hash"), Reason: c.PostFormValue("reason")})
		if b, ok := errors.AsType[*desk.Blocked](err); ok {
			return page(c, d, frame.Errors{{Field: c.PostFormValue("field"), Text: account.Sentence(b.Findings[0].Text)}})
		}
		if errors.Is(err, desk.ErrConflict) {
			return moved(c, d)
		}
		if err != nil {
			return err
		}
		c.Say("It was given back, with your reason. Nothing was sent.")
		return c.See(c.Path("/"))
	}
}

// windowView is the page of the while in which an approval can be taken back.
type windowView struct {
	Draft   desk.Draft
	By      string
	Undo    string // empty where the reader may not
	Path    string
	Until   string // RFC 3339
	At      string
	Seconds int
	Live    bool
	Alone   bool
}

func window(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State != store.DraftApproved {
		return c.See(path(c, d))
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := windowView{Draft: d, By: name(names, d.Approval.By), Path: path(c, d), Until: d.Release.UTC().Format(time.RFC3339), At: c.When(d.Release),
		Seconds: max(1, int(d.Release.Sub(c.Now)/time.Second)+1), Live: c.Space == outages.Live, Alone: d.Approval.BreakGlass}
	if c.Actor.May(officials.Approver, c.Space) {
		v.Undo = v.Path + "/undo"
	}
	return c.Show(http.StatusOK, "approve-window", "Approved: it leaves in a moment", v)
}

// undo takes an approval back inside its window.
func undo(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State == store.DraftApproved {
		_, err = c.Desk.Withdraw(c.Context(), c.Actor, d.ID)
		if err == nil {
			c.Say("The approval was taken back. Nothing was sent.")
			return c.See(path(c, d))
		}
		if !errors.Is(err, desk.ErrConflict) {
			return err
		}
		if d, err = load(c); err != nil {
			return err
		}
	}
	if d.State == store.DraftIssued {
		return c.Show(http.StatusConflict, "approve-late", "It is out", c.Path("/outages/"+d.Outage))
	}
	return c.See(path(c, d))
}
