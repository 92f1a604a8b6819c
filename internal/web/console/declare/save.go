package declare

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/outages"
)

// save writes a declaration that was typed on a screen and leads on. What was not changed is not written:
// whoever only looks is no editor. Where somebody was quicker it shows both, and nothing is overwritten.
func save(c *frame.Call, d desk.Draft, decl outages.Declaration, screen string) error {
	version, err := strconv.ParseInt(c.PostFormValue("version"), 10, 64)
	if err != nil {
		return frame.Fault{Status: http.StatusBadRequest, Text: "The form came without its version. Open it again."}
	}
	if version == d.Version && same(decl, d.Declaration) {
		return c.See(at(c, d, lead(decl, screen)))
	}
	saved, err := c.Desk.Revise(c.Context(), c.Actor, d.ID, version, decl)
	if errors.Is(err, desk.ErrConflict) {
		return conflict(c, d, decl)
	}
	if err != nil {
		return err
	}
	return c.See(at(c, saved, lead(decl, screen)))
}

// same reports whether two declarations state the same.
func same(a, b outages.Declaration) bool {
	if !sameConditions(a.Conditions, b.Conditions) {
		return false
	}
	a.Conditions, b.Conditions = nil, nil
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// lead returns the screen to go to: not beyond the first that is incomplete.
func lead(decl outages.Declaration, screen string) string {
	order := map[string]int{what: 0, where: 1, help: 2, preview: 3}
	path, query := cut(screen)
	if first := next(decl); order[first] < order[path] {
		return first
	}
	return path + query
}

// cut parts an address from its query, which keeps its question mark.
func cut(s string) (path, query string) {
	u, err := url.Parse(s)
	if err != nil || u.RawQuery == "" {
		return s, ""
	}
	return u.Path, "?" + u.RawQuery
}

// conflictView is the page of two officials who changed one draft.
type conflictView struct {
	Changes []account.Change // before: as it is by now; after: as it was typed
	Theirs  string
	Mine    string
	Fields  []frame.Field
}

// conflict shows what somebody else made of the draft beside what was typed.
func conflict(c *frame.Call, d desk.Draft, decl outages.Declaration) error {
	now, err := load(c)
	if err != nil {
		return err
	}
	mine, err := c.Desk.Lint(c.Context(), c.Actor, d.Outage, decl)
	if err != nil {
		return err
	}
	v := conflictView{Theirs: at(c, now, ""), Mine: c.URL.Path,
		Changes: account.Changes(account.Of(now.Draft.Draft, c.Now), account.Of(mine.Draft.Draft, c.Now))}
	for name, values := range c.PostForm {
		for _, value := range values {
			switch name {
			case "once":
				continue
			case "version":
				value = strconv.FormatInt(now.Version, 10)
			}
			v.Fields = append(v.Fields, frame.Field{Name: name, Value: value})
		}
	}
	return c.Show(http.StatusConflict, "declare-conflict", "It changed meanwhile", v)
}
