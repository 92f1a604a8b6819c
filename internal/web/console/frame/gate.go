package frame

import (
	"errors"
	"fmt"
	"net/http"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/outages"
)

// maxBody is how many bytes a form may have: a thousand pasted ZIP codes are ten thousand.
const maxBody = 1 << 20

// serve is the gate: it finds out who asks and whether they may, and shows what came of it.
func (f *Console) serve(w http.ResponseWriter, r *http.Request, route Route, space outages.Mode) {
	if space != "" {
		r.SetPathValue("space", string(space))
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	w.Header().Set("Cache-Control", "private, no-store")
	c := &Call{ResponseWriter: w, Request: r, Desk: f.Desk, Door: f.Door, Space: space, Now: f.Now(), console: f}
	if err := f.enter(c, route); err != nil {
		c.problem(err)
	}
}

func (f *Console) enter(c *Call, route Route) error {
	visit, err := f.Door.Session(c.Context(), c.token())
	if err != nil && !errors.Is(err, door.ErrSignedOut) {
		return err
	}
	c.Visit, c.Actor = visit, visit.Actor
	if route.Open {
		return route.Do(c)
	}
	if visit.ID == "" {
		return f.signedOut(c)
	}
	if c.Space == outages.Live && !visit.How.Strong() {
		return c.Show(http.StatusForbidden, "frame-strong", "Set up a passkey first", nil)
	}
	if err := f.undrilled(c); err != nil {
		return err
	}
	if route.Role != "" && !c.Actor.May(route.Role, c.Space) {
		return f.denied(c, fmt.Errorf("%w: this needs the role %s", desk.ErrDenied, route.Role))
	}
	if c.Method == http.MethodGet || c.Method == http.MethodHead {
		return route.Do(c)
	}
	if err := c.ParseForm(); err != nil {
		return Fault{http.StatusRequestEntityTooLarge, "That was more than a form can hold. Send it in parts."}
	}
	return f.denied(c, f.pressed(c, route))
}

// undrilled keeps officials without practice out of the live space, where their agency wants that.
func (f *Console) undrilled(c *Call) error {
	if c.Space != outages.Live || !c.Actor.Agency.DrillFirst {
		return nil
	}
	last, err := f.Desk.LastDrill(c.Context(), c.Actor)
	if err == nil && last.IsZero() {
		err = fmt.Errorf("%w: your agency asks for a drill before the live space opens; take part in one", desk.ErrDenied)
	}
	return err
}

// denied records that somebody tried what they may not.
func (f *Console) denied(c *Call, err error) error {
	if !errors.Is(err, desk.ErrDenied) || c.Method == http.MethodGet {
		return err
	}
	e := officials.Entry{Agency: c.Actor.Agency.ID, Actor: c.Actor.Name(), Action: "console.denied", Object: c.URL.Path}
	return errors.Join(err, f.Desk.Store.Record(c.Context(), e))
}

// signedOut leads to the sign-in page, and back to where the visitor was.
func (f *Console) signedOut(c *Call) error {
	if c.Method == http.MethodGet && c.Request.Header.Get("Sec-Fetch-Site") == "cross-site" {
		// A link in a mail: the cookie stays at home on the way from another site (SameSite=Strict), and
		// comes along when this page leads on.
		return c.Show(http.StatusOK, "frame-onward", "One moment", c.URL.RequestURI())
	}
	if c.Request.Header.Get("Accept") == scripted {
		return Fault{http.StatusUnauthorized, "Your session is over. Sign in again."}
	}
	kept := Kept{Next: c.URL.RequestURI()}
	if c.Method != http.MethodGet && c.Method != http.MethodHead {
		if err := c.ParseForm(); err != nil {
			return Fault{http.StatusRequestEntityTooLarge, "That was more than a form can hold. Send it in parts."}
		}
		kept.Form = c.PostForm
	}
	return f.SignIn(c, kept)
}

// scripted is what our scripts accept: they read JSON and no page.
const scripted = "application/json"
