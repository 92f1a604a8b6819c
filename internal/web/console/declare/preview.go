package declare

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/outages"
)

// previewView is the screen of what would be said, to whom, and what is wrong with it.
type previewView struct {
	Errors  frame.Errors
	Steps   []step
	Submit  string // empty where the reader may not
	Change  string
	Version int64
	Lines   []account.Line
	Reach   desk.Reach
	Who     string // "subscribers" or "drill contacts"
	By      []account.Line
	Block   outages.Findings
	Warn    []ticked
	Words   words.View
	ToMe    string // sends the words that are shown to who looks; empty for who has no mailbox
	Seen    string // the account of the draft, to compare with what is there later
	Remarks []remark
	Count   string
}

// ticked is a warning with its box.
type ticked struct {
	outages.Finding
	ID      string
	Checked bool
}

type remark struct{ By, At, Kind, Text string }

func showPreview(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State == store.DraftOpen {
		if first := next(d.Declaration); first != preview {
			return c.See(at(c, d, first))
		}
	}
	return previewPage(c, d, nil)
}

func previewPage(c *frame.Call, d desk.Draft, wrong frame.Errors) error {
	list, findings := c.Desk.Shown(c.Context(), d)
	reach, err := c.Desk.Reach(c.Context(), c.Actor, d)
	if err != nil {
		return err
	}
	remarks, err := remarksOf(c, d)
	if err != nil {
		return err
	}
	lines := account.Of(d.Draft.Draft, c.Now)
	v := previewView{Errors: wrong, Version: d.Version, Reach: reach, Who: audience(c.Space), By: recipients(d.Recipients), Remarks: remarks,
		Lines: account.Gather(lines), Seen: account.Keep(lines), Words: words.Of(c, d, list), Count: c.PostFormValue("count")}
	if d.State == store.DraftOpen && c.Actor.May(officials.Drafter, c.Space) {
		v.Steps, v.Submit = steps(c, &d, preview), at(c, d, "submit")
		if !d.Declaration.Kind.Ends() {
			v.Change = at(c, d, what)
		}
	}
	if c.Desk.HasMailbox(c.Actor) && len(v.Words.Proofs) > 0 {
		v.ToMe = at(c, d, "to-me") + wordsHere(v.Words)
	}
	for _, f := range findings {
		if f.Block {
			v.Block = append(v.Block, f)
		} else {
			v.Warn = append(v.Warn, ticked{f, desk.Tick(f), slices.Contains(c.PostForm["tick"], desk.Tick(f))})
		}
	}
	status := http.StatusOK
	if len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return c.Show(status, "declare-preview", "Declare: preview", v)
}

func audience(m outages.Mode) string {
	if m == outages.Drill {
		return "drill contacts"
	}
	return "subscribers"
}

// recipients lists who is reached by which channel.
func recipients(by map[channels.Name]int) []account.Line {
	var out []account.Line
	for name, n := range by {
		out = append(out, account.Line{Field: words.Channel(name), Text: account.Count(n)})
	}
	slices.SortFunc(out, func(a, b account.Line) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

func remarksOf(c *frame.Call, d desk.Draft) ([]remark, error) {
	list, err := c.Desk.Remarks(c.Context(), c.Actor, d.ID)
	if err != nil {
		return nil, err
	}
	names, err := c.Desk.Names(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	var out []remark
	for _, r := range list {
		out = append(out, remark{who(names, r.By), c.When(r.At), r.Kind, r.Text})
	}
	return out, nil
}

// submit takes the draft to a second person.
func submit(c *frame.Call) error {
	d, err := load(c)
	if err != nil {
		return err
	}
	if d.State != store.DraftOpen {
		return c.See(at(c, d, ""))
	}
	version, err := strconv.ParseInt(c.PostFormValue("version"), 10, 64)
	if err != nil {
		return frame.Fault{Status: http.StatusBadRequest, Text: "The form came without its version. Open it again."}
	}
	_, err = c.Desk.SubmitRead(c.Context(), c.Actor, d.ID, desk.Consent{Version: version, Ticked: c.PostForm["tick"], Count: c.PostFormValue("count")})
	if b, ok := errors.AsType[*desk.Blocked](err); ok {
		return previewPage(c, d, wrongs(b.Findings))
	}
	if errors.Is(err, desk.ErrConflict) {
		return stale(c, d)
	}
	if err != nil {
		return err
	}
	return c.See(at(c, d, ""))
}

// wrongs are findings as the errors of a page.
func wrongs(list outages.Findings) frame.Errors {
	var out frame.Errors
	for _, f := range list {
		if !f.Block {
			continue
		}
		field := ""
		if f.Place == "count" || strings.HasPrefix(f.Place, "tick-") {
			field = f.Place
		}
		out = append(out, frame.Error{Field: field, Text: account.Sentence(f.Text)})
	}
	return out
}

// stale says in what the draft differs from the one that was shown.
func stale(c *frame.Call, d desk.Draft) error {
	v := conflictView{Theirs: at(c, d, ""), Changes: account.Changes(account.Kept(c.PostFormValue("seen")), account.Of(d.Draft.Draft, c.Now))}
	return c.Show(http.StatusConflict, "declare-conflict", "It changed meanwhile", v)
}
