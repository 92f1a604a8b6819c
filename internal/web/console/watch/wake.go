package watch

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
)

// wakeForm shows an official how they are woken.
func (w *Watch) wakeForm(c *frame.Call) error {
	devices, err := c.Desk.Devices(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	type device struct {
		ID           int64
		Label, Added string
	}
	o := c.Actor.Official
	view := struct {
		Email, OnCall, PushKey string
		Devices                []device
	}{Email: o.Email, OnCall: "not on the list: you are told with the last", PushKey: w.PushKey}
	if o.OnCall > 0 {
		view.OnCall = fmt.Sprintf("place %d", o.OnCall)
	}
	for _, d := range devices {
		view.Devices = append(view.Devices, device{d.ID, d.Label, c.When(d.Added)})
	}
	return c.Show(http.StatusOK, "watch-wake", "How you are woken", view)
}

const wakePage = "/console/you/wake"

func wakeTest(c *frame.Call) error {
	n, err := c.Desk.RingMe(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	c.Say(fmt.Sprintf("A test was handed over in %d ways.", n))
	return c.See(wakePage)
}

func addDevice(c *frame.Call) error {
	label := strings.Join(strings.Fields(c.PostForm.Get("label")), " ")
	if label = cmp.Or(label, "This device"); len(label) > 40 {
		label = strings.ToValidUTF8(label[:40], "")
	}
	if err := c.Desk.AddDevice(c.Context(), c.Actor, label, c.PostForm.Get("subscription")); err != nil {
		return err
	}
	c.Say("You are woken on this device from now on. Send yourself a test.")
	return c.See(wakePage)
}

func removeDevice(c *frame.Call) error {
	id, err := strconv.ParseInt(c.PostForm.Get("device"), 10, 64)
	if err != nil {
		return fmt.Errorf("device: %w", desk.ErrNotFound)
	}
	if err := c.Desk.RemoveDevice(c.Context(), c.Actor, id); err != nil {
		return err
	}
	return c.See(wakePage)
}

//go:embed worker.js
var workerScript []byte

// worker is the service worker of the console: it shows what wakes officials, and nothing else. It needs
// an address that does not change, and knows nobody.
func worker(c *frame.Call) error {
	c.ResponseWriter.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = c.ResponseWriter.Write(workerScript) // an error means that the reader left
	return nil
}
