package everyday

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"

	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
)

// versionsView is every version of the wordings, newest first.
type versionsView struct {
	At       string // the address of the wordings
	Versions []version
}

// version is one version with what it changed.
type version struct {
	ID, Name, By string
	Newest       bool
	Changes      []changeLine
}

// changeLine is a phrase in one language, as the template "changes" shows it.
type changeLine struct{ Field, Before, After string }

func showVersions(c *frame.Call) error {
	list, err := c.Desk.WordingVersions(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := versionsView{At: c.Path("/wordings")}
	for i, w := range list {
		x := version{ID: strconv.FormatInt(w.Version, 10), Name: "As they came with the program", Newest: i == 0}
		if w.Version > 0 {
			x.Name = fmt.Sprintf("Version %d", w.Version)
			x.By = fmt.Sprintf("Written by %s, published by %s, %s.", cmp.Or(names[w.Author], w.Author), cmp.Or(names[w.Publisher], w.Publisher), c.When(w.At))
		}
		for _, p := range w.Changes {
			x.Changes = append(x.Changes, changeLine{p.Key + ", " + words.Language(p.Lang), p.Before, p.After})
		}
		v.Versions = append(v.Versions, x)
	}
	return c.Show(http.StatusOK, "everyday-versions", "Versions of the wordings", v)
}

// returnTo proposes the words of an earlier version to a second person.
func returnTo(c *frame.Call) error {
	version, err := strconv.ParseInt(c.PostFormValue("version"), 10, 64)
	if err != nil {
		return frame.Fault{Status: http.StatusUnprocessableEntity, Text: "Choose one of the versions of the list."}
	}
	if _, err := c.Desk.ReturnWording(c.Context(), c.Actor, version); err != nil {
		return err
	}
	c.Say("Another person who edits wordings has to agree before it is published.")
	return c.See(c.Path("/office/proposals"))
}
