package office

import (
	"errors"
	"net/http"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// keyView is the list of keys with the form for a new one.
type keyView struct {
	Machines []keyLine
	Choice   []choice
	Secret   string // of the key that was just made: shown this once
	Name     string
	Mode     outages.Mode
	Errors   frame.Errors
}

type keyLine struct{ ID, Name, Mode, May, Created, Expires string }

// machineRights are the roles that a machine can have.
var machineRights = []officials.Role{officials.Viewer, officials.Drafter, officials.Directory}

func keys(c *frame.Call) error { return keyView{Mode: outages.Drill}.show(c, http.StatusOK) }

func (v keyView) show(c *frame.Call, status int) error {
	list, err := c.Desk.Keys(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.Official != "" {
			continue // a person's own key
		}
		l := keyLine{ID: k.ID, Name: k.Name, Mode: string(k.Mode), May: may(k.Scopes), Created: c.When(k.Created), Expires: "never"}
		if !k.Expires.IsZero() {
			l.Expires = c.When(k.Expires)
		}
		v.Machines = append(v.Machines, l)
	}
	for _, r := range rights {
		for _, m := range machineRights {
			if r.Role == m {
				v.Choice = append(v.Choice, choice{Value: string(r.Role), Text: r.Text, Chosen: r.Role == officials.Drafter})
			}
		}
	}
	return c.Show(status, "office-keys", "Keys of machines", v)
}

// addKey makes a key, whose secret is shown once and opens nothing before another administrator agrees.
func addKey(c *frame.Call) error {
	k := officials.Key{Name: strings.TrimSpace(c.PostFormValue("name")), Mode: outages.Mode(c.PostFormValue("mode"))}
	for _, r := range c.PostForm["role"] {
		k.Scopes = append(k.Scopes, officials.Role(r))
	}
	v := keyView{Name: k.Name, Mode: k.Mode}
	switch {
	case k.Name == "":
		v.Errors = append(v.Errors, frame.Error{Field: "name", Text: "Say what uses the key."})
	case len(k.Scopes) == 0:
		v.Errors = append(v.Errors, frame.Error{Field: "role", Text: "Choose at least one thing that it may do."})
	}
	if len(v.Errors) > 0 {
		return v.show(c, http.StatusUnprocessableEntity)
	}
	secret, _, err := c.Desk.ProposeKey(c.Context(), c.Actor, k)
	if err != nil && !errors.Is(err, desk.ErrDenied) {
		v.Errors = faults(err)
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	v.Secret, v.Name = secret.Reveal(), ""
	c.ResponseWriter.Header().Set("Cache-Control", "no-store")
	return v.show(c, http.StatusOK)
}

func revokeKey(c *frame.Call) error {
	if err := c.Desk.RevokeKey(c.Context(), c.Actor, c.PostFormValue("id")); err != nil {
		return err
	}
	c.Say("The key opens nothing any more.")
	return c.See(c.Path("/office/keys"))
}
