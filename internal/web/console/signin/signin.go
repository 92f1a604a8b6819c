// Package signin is the part of the console where officials sign in and out, set up their passkeys and
// codes, see where they are signed in, and let each other in again.
package signin

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
)

//go:embed templates
var templateFiles embed.FS

// Room returns the part of the console.
func Room() frame.Room {
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return frame.Room{Templates: templates, Routes: []frame.Route{
		{Pattern: "GET /console/sign-in", Open: true, Do: form},
		{Pattern: "POST /console/sign-in", Open: true, Do: byPasskey},
		{Pattern: "POST /console/sign-in/options", Open: true, Do: options},
		{Pattern: "POST /console/sign-in/code", Open: true, Do: byCode},
		{Pattern: "GET /console/enter/{token}", Open: true, Do: guest},
		{Pattern: "POST /console/enter/{token}", Open: true, Do: enter},
		{Pattern: "POST /console/sign-out", Open: true, Do: signOut},
		{Pattern: "GET /console/you", Do: you},
		{Pattern: "POST /console/you/prove", Do: prove},
		{Pattern: "POST /console/you/passkeys/options", Do: fresh(newPasskey)},
		{Pattern: "GET /console/you/passkeys/new", Do: fresh(passkeyForm)},
		{Pattern: "POST /console/you/passkeys/new", Do: fresh(addPasskey)},
		{Pattern: "POST /console/you/passkeys/remove", Do: fresh(removePasskey)},
		{Pattern: "GET /console/you/code", Do: fresh(codeForm)},
		{Pattern: "POST /console/you/code", Do: fresh(setCode)},
		{Pattern: "POST /console/you/code/remove", Do: fresh(removeCode)},
		{Pattern: "POST /console/you/sessions/end", Do: endSession},
		{Pattern: "GET /console/recovery", Role: officials.Admin, Do: recoveries},
		{Pattern: "POST /console/recovery", Role: officials.Admin, Do: askRecovery},
		{Pattern: "POST /console/recovery/confirm", Role: officials.Admin, Do: confirmRecovery},
		{Pattern: "POST /console/recovery/drop", Role: officials.Admin, Do: dropRecovery},
	}}
}

// formView is what the sign-in page shows.
type formView struct {
	Kept   frame.Kept
	Errors frame.Errors
	Name   string
	Code   bool // the form for codes is open
}

// Page shows the sign-in page to somebody who is not signed in.
func Page(c *frame.Call, k frame.Kept) error {
	status := http.StatusOK
	if k.Typed() {
		status = http.StatusUnauthorized
	}
	return c.Show(status, "signin-form", "Sign in", formView{Kept: k})
}

func form(c *frame.Call) error {
	k := frame.KeptOf(c)
	if c.Visit.ID == "" {
		return Page(c, k)
	}
	if k.Next != "" {
		return c.See(k.Next)
	}
	return c.See("/console/")
}

// options answers webauthn.js.
func options(c *frame.Call) error {
	q, err := c.Door.AskSignIn()
	if err != nil {
		return err
	}
	return c.JSON(q)
}

func byPasskey(c *frame.Call) error {
	k := frame.KeptOf(c)
	a, err := door.ReadAnswer(c.PostFormValue("touch"))
	var t officials.Token
	if err == nil {
		t, err = c.Door.SignIn(c.Context(), c.Visitor(), a)
	}
	return entered(c, t, err, formView{Kept: k})
}

func byCode(c *frame.Call) error {
	view := formView{Kept: frame.KeptOf(c), Name: c.PostFormValue("name"), Code: true}
	t, err := c.Door.SignInByCode(c.Context(), c.Visitor(), door.Claim{Name: view.Name,
		Key: officials.Secret(c.PostFormValue("key")), Code: c.PostFormValue("code")})
	return entered(c, t, err, view)
}

// entered goes on with a token, or shows the form again. The same words follow every sign-in that fails.
func entered(c *frame.Call, t officials.Token, err error, view formView) error {
	if err == nil {
		if err := leave(c); err != nil {
			return err
		}
		return c.Resume(t, view.Kept)
	}
	status, text := http.StatusForbidden, "Name or sign-in method not accepted."
	if h, ok := errors.AsType[*door.Hold](err); ok {
		wait := int(h.Until.Sub(c.Now).Seconds()) + 1
		status, text = http.StatusTooManyRequests, "Too many attempts failed. Try again in "+seconds(wait)+"."
		c.ResponseWriter.Header().Set("Retry-After", itoa(wait))
	} else if !errors.Is(err, door.ErrRefused) && !errors.Is(err, door.ErrUntouched) {
		return err
	}
	view.Errors = frame.Errors{{Text: text}}
	return c.Show(status, "signin-form", "Sign in", view)
}

// leave ends the session that the browser had before it signs in anew.
func leave(c *frame.Call) error {
	if c.Visit.ID == "" {
		return nil
	}
	return c.Door.End(c.Context(), c.Actor, c.Visit.ID)
}

func signOut(c *frame.Call) error {
	if err := leave(c); err != nil {
		return err
	}
	c.Open("")
	c.Say("You are signed out.")
	return c.See("/console/sign-in")
}

// guest asks before the link is used: programs that look at mails open links too.
func guest(c *frame.Call) error {
	o, err := c.Door.Guest(c.Context(), officials.Token(c.PathValue("token")))
	if errors.Is(err, door.ErrRefused) {
		return c.Show(http.StatusNotFound, "signin-over", "This link opens nothing", nil)
	}
	if err != nil {
		return err
	}
	return c.Show(http.StatusOK, "signin-enter", "Welcome", o)
}

func enter(c *frame.Call) error {
	t, err := c.Door.Enter(c.Context(), c.Visitor(), officials.Token(c.PathValue("token")))
	if errors.Is(err, door.ErrRefused) {
		return c.Show(http.StatusNotFound, "signin-over", "This link opens nothing", nil)
	}
	if err != nil {
		return err
	}
	if err := leave(c); err != nil {
		return err
	}
	c.Open(t)
	return c.See("/console/you")
}

// fresh lets those through who proved a moment ago who they are; the others do so first, and nothing they
// sent is lost.
func fresh(do func(*frame.Call) error) func(*frame.Call) error {
	return func(c *frame.Call) error {
		if c.Visit.Fresh(c.Now) {
			return do(c)
		}
		if c.Request.Header.Get("Accept") == "application/json" {
			return frame.Fault{Status: http.StatusForbidden, Text: "Load the page again to confirm that it is you."}
		}
		k := frame.Kept{Next: c.URL.Path}
		if c.Method == http.MethodPost {
			k.Form = c.PostForm
		}
		return proveForm(c, k, nil)
	}
}

// purposeProve is what a touch is for that only says who somebody is.
const purposeProve = "prove"

func proveForm(c *frame.Call, k frame.Kept, errs frame.Errors) error {
	touch, err := c.Touch(purposeProve)
	if err != nil {
		return err
	}
	return c.Show(http.StatusForbidden, "signin-prove", "Confirm that it is you", struct {
		Kept   frame.Kept
		Touch  frame.Touch
		Errors frame.Errors
	}{k, touch, errs})
}

func prove(c *frame.Call) error {
	k := frame.KeptOf(c)
	err := c.Touched(purposeProve)
	if errors.Is(err, frame.ErrUntouched) {
		return proveForm(c, k, frame.Errors{{Field: "code", Text: "That did not confirm it. Try again."}})
	}
	if err == nil {
		err = c.Door.Prove(c.Context(), c.Visit)
	}
	if err != nil {
		return err
	}
	return c.GoOn(k)
}

func seconds(n int) string {
	if n == 1 {
		return "one second"
	}
	return itoa(n) + " seconds"
}

// since says how long ago something was, for lists.
func since(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < 2*time.Minute:
		return "now"
	case d < 2*time.Hour:
		return itoa(int(d.Minutes())) + " minutes ago"
	default:
		return itoa(int(d.Hours())) + " hours ago"
	}
}
