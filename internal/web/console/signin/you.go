package signin

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/qr"
)

func itoa(n int) string { return strconv.Itoa(n) }

// youView is the page of one's own ways to sign in.
type youView struct {
	Name     string
	Roles    string
	Setup    bool // nothing is set up yet
	Passkeys []passkeyView
	Code     bool
	Sessions []sessionView
	Admin    bool
}

type passkeyView struct{ ID, Name, Added, Used string }

type sessionView struct {
	ID, Agent, How, From, Seen string
	Here                       bool
}

var ways = map[officials.How]string{officials.ByPasskey: "by passkey", officials.ByCode: "by code", officials.ByLink: "by a one-time link"}

func you(c *frame.Call) error {
	f, err := c.Door.Factors(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	sessions, err := c.Door.Sessions(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var roles []string
	for _, r := range c.Actor.Scopes {
		roles = append(roles, string(r))
	}
	v := youView{Name: c.Actor.Official.Name, Roles: strings.Join(roles, ", "), Setup: f.None(), Code: f.Code,
		Admin: c.Actor.May(officials.Admin, "")}
	for _, p := range f.Passkeys {
		v.Passkeys = append(v.Passkeys, passkeyView{base64.RawURLEncoding.EncodeToString(p.ID), p.Name, c.When(p.Created), c.When(p.Used)})
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, sessionView{ID: s.ID, Agent: browser(s.Agent), How: ways[s.How], From: s.Network,
			Seen: since(c.Now, s.Seen), Here: s.ID == c.Visit.ID})
	}
	return c.Show(http.StatusOK, "signin-you", "You", v)
}

// browser names a browser and its system as people do, from what it calls itself.
func browser(agent string) string {
	name, system := "A browser", ""
	for _, b := range []struct{ sign, name string }{{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b.sign) {
			name = b.name
			break
		}
	}
	for _, s := range []struct{ sign, name string }{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "a Mac"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, s.sign) {
			system = " on " + s.name
			break
		}
	}
	return name + system
}

// newPasskey answers webauthn.js.
func newPasskey(c *frame.Call) error {
	q, err := c.Door.AskNew(c.Context(), c.Visit)
	if err != nil {
		return err
	}
	return c.JSON(q)
}

func passkeyForm(c *frame.Call) error { return showPasskeyForm(c, http.StatusOK, nil) }

func showPasskeyForm(c *frame.Call, status int, errs frame.Errors) error {
	return c.Show(status, "signin-passkey", "Add a passkey", struct {
		Errors frame.Errors
		Name   string
	}{errs, browser(c.UserAgent())})
}

func addPasskey(c *frame.Call) error {
	a, err := door.ReadAnswer(c.PostFormValue("touch"))
	var t officials.Token
	if err == nil {
		t, err = c.Door.AddPasskey(c.Context(), c.Visit, c.PostFormValue("name"), a)
	}
	if errors.Is(err, door.ErrRefused) || errors.Is(err, door.ErrUntouched) {
		return showPasskeyForm(c, http.StatusUnprocessableEntity, frame.Errors{{Text: "The passkey was not accepted. Try again."}})
	}
	if err != nil {
		return err
	}
	return changed(c, t, "The passkey is set up. You sign in with it from now on.")
}

// changed goes on after a change, in a new session where the old one was only there to set things up.
func changed(c *frame.Call, t officials.Token, sentence string) error {
	if t != "" {
		c.Open(t)
	}
	c.Say(sentence)
	return c.See("/console/you")
}

func removePasskey(c *frame.Call) error {
	id, err := base64.RawURLEncoding.DecodeString(c.PostFormValue("id"))
	if err != nil {
		return desk.ErrNotFound
	}
	if err := c.Door.RemovePasskey(c.Context(), c.Actor, id); err != nil {
		return err
	}
	return changed(c, "", "The passkey opens nothing any more. Remove it from your device too.")
}

func codeForm(c *frame.Call) error {
	n, err := c.Door.NewCode(c.Visit)
	if err != nil {
		return err
	}
	return showCode(c, http.StatusOK, n, nil)
}

func showCode(c *frame.Call, status int, n door.NewCode, errs frame.Errors) error {
	picture, err := qr.Encode(n.URL)
	if err != nil {
		return err
	}
	return c.Show(status, "signin-code", "Set up codes", struct {
		Secret, State string
		Picture       qr.Code
		Errors        frame.Errors
	}{groups(n.Secret), n.State, picture, errs})
}

// groups writes a secret in groups of four, for who types it.
func groups(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func setCode(c *frame.Call) error {
	state := c.PostFormValue("state")
	t, err := c.Door.SetCode(c.Context(), c.Visit, state, c.PostFormValue("code"))
	if errors.Is(err, door.ErrRefused) {
		n, ok := c.Door.Again(c.Visit, state)
		if !ok {
			return c.See("/console/you/code")
		}
		return showCode(c, http.StatusUnprocessableEntity, n, frame.Errors{{Field: "code", Text: "This is not the code that the app shows now. Type the newest one."}})
	}
	if err != nil {
		return err
	}
	return changed(c, t, "Codes are set up. To sign in with one you also need your personal key.")
}

func removeCode(c *frame.Call) error {
	if err := c.Door.RemoveCode(c.Context(), c.Actor); err != nil {
		return err
	}
	return changed(c, "", "Codes open nothing any more.")
}

func endSession(c *frame.Call) error {
	if err := c.Door.End(c.Context(), c.Actor, c.PostFormValue("id")); err != nil {
		return err
	}
	c.Say("That browser is signed out.")
	return c.See("/console/you")
}
