package signin

import (
	"errors"
	"net/http"

	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
)

// recoveryView is the page where two administrators let somebody in again.
type recoveryView struct {
	People  []officials.Official
	Waiting []waitingView
	Errors  frame.Errors
	Chosen  string
	Reason  string
}

type waitingView struct {
	ID, Name, Reason, By, At string
	Mine                     bool // another administrator confirms it
	Touch                    frame.Touch
}

func recoveries(c *frame.Call) error {
	return showRecoveries(c, http.StatusOK, recoveryView{Chosen: c.FormValue("official")})
}

func showRecoveries(c *frame.Call, status int, v recoveryView) error {
	people, err := c.Desk.Store.Officials(c.Context(), c.Actor.Agency.ID)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range people {
		names[o.ID] = o.Name
		if o.ID != c.Actor.Name() {
			v.People = append(v.People, o)
		}
	}
	list, err := c.Door.Recoveries(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, r := range list {
		touch, err := c.Touch("recover:" + r.ID)
		if err != nil {
			return err
		}
		v.Waiting = append(v.Waiting, waitingView{ID: r.ID, Name: names[r.Official], Reason: r.Reason, By: names[r.By], At: c.When(r.At),
			Mine: r.By == c.Actor.Name(), Touch: touch})
	}
	return c.Show(status, "signin-recovery", "Let somebody in again", v)
}

func askRecovery(c *frame.Call) error {
	v := recoveryView{Chosen: c.PostFormValue("official"), Reason: c.PostFormValue("reason")}
	if v.Chosen == "" {
		v.Errors = append(v.Errors, frame.Error{Field: "official", Text: "Choose who it is."})
	}
	if len(v.Errors) == 0 {
		err := c.Door.AskRecovery(c.Context(), c.Actor, v.Chosen, v.Reason)
		if err == nil {
			c.Say("Now another administrator confirms it on this page.")
			return c.See("/console/recovery")
		}
		if !errors.Is(err, door.ErrReason) {
			return err
		}
		v.Errors = append(v.Errors, frame.Error{Field: "reason", Text: "Say why, and how you made sure who asks."})
	}
	return showRecoveries(c, http.StatusUnprocessableEntity, v)
}

// confirmRecovery is the second word; the link is shown once.
func confirmRecovery(c *frame.Call) error {
	id := c.PostFormValue("id")
	if err := c.Touched("recover:" + id); err != nil {
		return err
	}
	o, t, err := c.Door.Recover(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	return c.Show(http.StatusOK, "signin-recovered", "The link for "+o.Name, struct{ Name, Link string }{o.Name, c.Door.URL(t)})
}

func dropRecovery(c *frame.Call) error {
	if err := c.Door.DropRecovery(c.Context(), c.Actor, c.PostFormValue("id")); err != nil {
		return err
	}
	c.Say("Nobody is let in by that request.")
	return c.See("/console/recovery")
}
