package declare

import (
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

// waitingView is the screen of a draft that waits for a second person.
type waitingView struct {
	Errors    frame.Errors
	Draft     desk.Draft
	Live      bool
	Submitter string
	Since     time.Time
	SinceAt   string
	Lines     []account.Line
	Woken     []woken
	Approvers []officials.Official
	Preview   string
	Remind    string // empty where the reader may not
	Withdraw  string
	Alone     *alone
	Remarks   []remark
}

type woken struct{ Name, Way, At, How string }

// alone is the form of who sends without a second person.
type alone struct {
	Action string
	From   string // when it opens; empty: now
	FromAt time.Time
	Touch  frame.Touch
	Scope  string
	Reason string
	Area   string
}

// showDraft leads to where a draft is.
func showDraft(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	switch d.State {
	case store.DraftOpen:
		if !c.Actor.May(officials.Drafter, c.Space) {
			return c.See(at(c, d, preview))
		}
		return c.See(at(c, d, next(d.Declaration)))
	case store.DraftApproved:
		return c.See(at(c, d, "window"))
	case store.DraftIssued:
		return c.See(c.Path("/outages/" + d.Outage))
	}
	may, err := c.Desk.MayApprove(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	if may {
		return c.See(at(c, d, "approve"))
	}
	return waitingPage(c, d, nil)
}

func waitingPage(c *frame.Call, d desk.Draft, wrong frame.Errors) error {
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	wait, err := c.Desk.Waits(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	v := waitingView{Errors: wrong, Draft: d, Live: c.Space == outages.Live, Submitter: who(names, d.Submitter), Since: wait.Since, SinceAt: c.When(wait.Since),
		Lines: account.Gather(account.Of(d.Draft.Draft, c.Now)), Preview: at(c, d, preview)}
	if v.Remarks, err = remarksOf(c, d); err != nil {
		return err
	}
	page, title := "declare-withdrawn", "Withdrawn"
	if d.State == store.DraftSubmitted {
		page, title = "declare-waiting", "Waiting for a second person"
		if err := v.wait(c, d, wait); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, page, title, v)
}

// wait fills in what a reader can do about a draft that waits.
func (v *waitingView) wait(c *frame.Call, d desk.Draft, w desk.Wait) error {
	list, err := c.Desk.Woken(c.Context(), c.Actor, d.ID)
	if err != nil {
		return err
	}
	for _, x := range list {
		v.Woken = append(v.Woken, woken{x.Name, x.Way, c.When(x.At), wakeWords[x.State]})
	}
	if v.Approvers, err = c.Desk.Approvers(c.Context(), c.Actor, d); err != nil {
		return err
	}
	if c.Actor.May(officials.Drafter, c.Space) {
		v.Remind, v.Withdraw = at(c, d, "remind"), at(c, d, "withdraw")
	}
	if w.Alone.IsZero() {
		return nil
	}
	v.Alone = &alone{Action: at(c, d, "alone"), FromAt: w.Alone, Scope: account.Places(d.Facts.Scope), Reason: c.PostFormValue("reason"), Area: c.PostFormValue("area")}
	if w.Alone.After(c.Now) {
		v.Alone.From = c.When(w.Alone)
		return nil
	}
	v.Alone.Touch, err = c.Touch("alone:" + d.Hash)
	return err
}

// wakeWords say how far a word to an official has come. Nobody knows whether it was read.
var wakeWords = map[store.WakeState]string{store.WakeToDo: "being sent", store.WakeTaken: "handed over", store.WakeGivenUp: "could not be handed over"}

// withdraw takes a submitted draft back for editing, or an open one off the table.
func withdraw(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State != c.PostFormValue("state") {
		return c.See(at(c, d, ""))
	}
	if _, err := c.Desk.Withdraw(c.Context(), c.Actor, d.ID); err != nil {
		return err
	}
	return c.See(at(c, d, ""))
}

func remind(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	err = c.Desk.Remind(c.Context(), c.Actor, d.ID)
	if errors.Is(err, desk.ErrConflict) {
		return waitingPage(c, d, frame.Errors{{Text: account.Sentence(err.Error())}})
	}
	if err != nil {
		return err
	}
	c.Say("The approvers were reminded.")
	return c.See(at(c, d, ""))
}

// sendAlone approves without a second person, where the policy allows that (promise 4).
func sendAlone(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State != store.DraftSubmitted || d.Hash != c.PostFormValue("hash") {
		return c.See(at(c, d, ""))
	}
	var wrong frame.Errors
	if c.PostFormValue("reason") == "" {
		wrong = append(wrong, frame.Error{Field: "reason", Text: "Say why nobody else approves"})
	}
	if c.PostFormValue("area") == "" {
		wrong = append(wrong, frame.Error{Field: "area", Text: "Type the name of an area that it is for"})
	}
	if len(wrong) > 0 {
		return waitingPage(c, d, wrong)
	}
	if err := c.Touched("alone:" + d.Hash); errors.Is(err, frame.ErrUntouched) {
		return waitingPage(c, d, frame.Errors{{Text: "Confirm with your passkey that it is you. Nothing was sent."}})
	} else if err != nil {
		return err
	}
	_, err = c.Desk.Approve(c.Context(), c.Actor, d.ID, desk.Word{Code: d.Hash, BreakGlass: true, Reason: c.PostFormValue("reason"), Area: c.PostFormValue("area")})
	if errors.Is(err, outages.ErrSecondPerson) {
		return waitingPage(c, d, frame.Errors{{Field: "area", Text: account.Sentence(err.Error())}})
	}
	if err != nil {
		return err
	}
	return c.See(at(c, d, "window"))
}
