package watch

import (
	"errors"
	"fmt"
	"net/http"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// reasons say for officials why a bulletin is taken back.
var reasons = map[string]string{outages.SentInError: "It was sent by mistake", outages.WrongArea: "It went to the wrong area",
	outages.WrongNumber: "A number in it was wrong, and 911 works"}

// correction is what residents read of a correction, in one language.
type correction struct {
	Code, Title string
	Lines       []string
}

func correctForm(c *frame.Call) error {
	o, err := open(c)
	if err != nil {
		return err
	}
	return showCorrect(c, o, outages.SentInError, nil)
}

// correct stops the sending and tells exactly those who were told. One person may, with two clicks.
func correct(c *frame.Call) error {
	o, err := open(c)
	if err != nil {
		return err
	}
	d, err := c.Desk.Retract(c.Context(), c.Actor, o.ID, c.PostForm.Get("reason"))
	if blocked, ok := errors.AsType[*desk.Blocked](err); ok {
		var faults frame.Errors
		for _, f := range blocked.Findings {
			faults = append(faults, frame.Error{Field: "reason", Text: f.Text})
		}
		return showCorrect(c, o, "", faults)
	}
	if err != nil {
		return err
	}
	c.Say("Sending is stopped. The correction leaves at " + seconds(d.Release, c.Zone()) + ".")
	return c.See(at(c, o.ID, ""))
}

// showCorrect shows what a correction says and whom it reaches, before the one press that sends it.
func showCorrect(c *frame.Call, o outages.Outage, reason string, faults frame.Errors) error {
	told, err := c.Desk.Told(c.Context(), c.Actor, o.ID)
	if err != nil {
		return err
	}
	shown := reason
	if shown == "" {
		shown = outages.SentInError
	}
	view := struct {
		head
		Told, Button, Update string
		Wrong                bool
		Reasons              []option
		Texts                []correction
		Findings             outages.Findings
	}{head: headOf(c, o), Told: account.People(told) + " had been told by now.", Update: at(c, o.ID, "/update"),
		Wrong: c.Actor.May("drafter", o.Mode)}
	view.Errors = faults
	view.Button = "Stop and correct: tell " + account.People(told)
	if o.Mode == outages.Drill {
		view.Button = "Stop and correct this drill: tell " + account.People(told)
	}
	for _, r := range outages.Reasons {
		view.Reasons = append(view.Reasons, option{r, reasons[r], r == reason})
	}
	d, err := c.Desk.Correction(c.Context(), c.Actor, o.ID, shown)
	if err != nil {
		return err
	}
	view.Texts, view.Findings = corrections(d), d.Findings
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, "watch-correct", "Stop and correct", view)
}

// corrections takes the texts of the first area: all areas read the same but for its name.
func corrections(d desk.Draft) []correction {
	var out []correction
	for _, t := range d.Texts.Areas {
		if t.Parts[0].Areas[0] == d.Texts.Areas[0].Parts[0].Areas[0] {
			out = append(out, correction{string(t.Lang), t.Title, t.Paragraphs()})
		}
	}
	return out
}

func stopForm(c *frame.Call) error {
	l, err := delivery(c)
	if m := l.Outage.Mode; err == nil && !c.Actor.May(officials.Drafter, m) && !c.Actor.May(officials.Approver, m) {
		err = fmt.Errorf("%w: this needs the role drafter or approver", desk.ErrDenied)
	}
	if err != nil {
		return err
	}
	view := struct {
		head
		Text, Correct, Button string
	}{headOf(c, l.Outage), fmt.Sprintf("%s have bulletin %d. %s still wait for it and will not get it.", account.People(l.People.Accepted),
		l.Bulletin.Seq, account.People(l.People.Waiting)), at(c, l.Outage.ID, "/correct"), "Stop sending"}
	if view.Drill {
		view.Button = "Stop sending this drill"
	}
	return c.Show(http.StatusOK, "watch-stop", "Stop sending", view)
}

// stop ends the sending of what waits, and says nothing to anybody.
func stop(c *frame.Call) error {
	s, err := outage(c)
	if err != nil {
		return err
	}
	if err := c.Desk.Stop(c.Context(), c.Actor, s.Outage.ID); err != nil {
		return err
	}
	c.Say("Sending is stopped. Those who have it still believe it: correct it if it was wrong.")
	return c.See(at(c, s.Outage.ID, ""))
}
