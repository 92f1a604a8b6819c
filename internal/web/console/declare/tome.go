package declare

import (
	"errors"
	"slices"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
)

// toMe sends the words that the preview shows to whoever looks at them, and leads back to them.
func toMe(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	list, _ := c.Desk.Shown(c.Context(), d)
	v := words.Of(c, d, list)
	switch err := c.Desk.ToMe(c.Context(), c.Actor, d, v.Proofs); {
	case errors.Is(err, desk.ErrConflict):
		c.Say(account.Sentence(err.Error()))
	case err != nil:
		return err
	default:
		c.Say("Handed over to your mailbox: " + v.Title + ".")
	}
	back, _, _ := strings.Cut(wordsHere(v), "#") // what came of it stands at the top of the page
	return c.See(at(c, d, preview) + back)
}

// wordsHere is the part of an address that chooses the words which a view shows.
func wordsHere(v words.View) string {
	i := slices.IndexFunc(v.Readers, func(t words.Tab) bool { return t.Here })
	if i < 0 {
		return ""
	}
	return v.Readers[i].Path
}
