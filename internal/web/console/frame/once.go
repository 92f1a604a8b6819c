package frame

import (
	"context"
	"errors"
	"net/http"
	"time"

	"callbox/internal/store"
)

// onceField is the hidden field of {{once}}. Sent twice, by a double click or the back button, a form is
// acted upon once; the second press leads where the first one did.
const onceField = "once"

// A second press waits for the first one, looking this often and so many times.
const (
	onceEvery = 100 * time.Millisecond
	onceLooks = 100
)

// pressed acts upon a form, once.
func (f *Console) pressed(c *Call, route Route) error {
	value := c.PostFormValue(onceField)
	if value == "" || len(value) > 64 {
		return route.Do(c)
	}
	value = c.URL.Path + " " + value
	first, result, err := f.Desk.Store.Once(c.Context(), c.Actor.Name(), value)
	if err != nil {
		return err
	}
	if !first {
		return f.again(c, value, result)
	}
	err = route.Do(c)
	led := c.led
	if err != nil {
		led = ""
	}
	// The form was acted upon, even where the browser left meanwhile.
	return errors.Join(err, f.Desk.Store.Done(context.WithoutCancel(c.Context()), c.Actor.Name(), value, led))
}

// again answers a second press of one form.
func (f *Console) again(c *Call, value, result string) error {
	tick := time.NewTicker(onceEvery)
	defer tick.Stop()
	var err error
	for range onceLooks {
		if result != "" {
			return c.See(result)
		}
		select {
		case <-c.Context().Done():
			return c.Context().Err()
		case <-tick.C:
		}
		result, err = f.Desk.Store.OnceResult(c.Context(), c.Actor.Name(), value)
		if errors.Is(err, store.ErrNotFound) {
			return Fault{http.StatusConflict, "This form was sent already, and it did not go through. Go back and look at what was wrong."}
		}
		if err != nil {
			return err
		}
	}
	return Fault{http.StatusConflict, "This form was sent already and is still being worked on. See on the home page what came of it."}
}
