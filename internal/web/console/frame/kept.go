package frame

import (
	"net/http"
	"net/url"
	"strings"

	"callbox/internal/officials"
)

// Kept is what somebody was at when they had to sign in. It travels through the sign-in pages in their
// own forms, so that nothing typed is lost and nothing is stored for strangers.
type Kept struct {
	Next string     // the address, with its query
	Form url.Values // what they sent there; nil for a page that they only read
}

// The fields by which Kept travels.
const (
	nextField = "next"
	keptField = "kept"
)

// KeptOf reads what came with a form or an address of a sign-in page. What leads out of the console is dropped.
func KeptOf(c *Call) Kept {
	k := Kept{Next: c.FormValue(nextField)}
	u, err := url.Parse(k.Next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/console/") ||
		strings.Contains(u.Path, "..") || strings.Contains(u.Path, `\`) {
		return Kept{}
	}
	if form, err := url.ParseQuery(c.FormValue(keptField)); err == nil && len(form) > 0 {
		k.Form = form
	}
	return k
}

// Fields are the hidden fields of a form that carries it on.
func (k Kept) Fields() []Field {
	var out []Field
	if k.Next != "" {
		out = append(out, Field{nextField, k.Next})
	}
	if len(k.Form) > 0 {
		out = append(out, Field{keptField, k.Form.Encode()})
	}
	return out
}

// Typed reports whether it holds something that was typed.
func (k Kept) Typed() bool { return len(k.Form) > 0 }

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// Resume signs the browser in with a token and goes on where it was.
func (c *Call) Resume(t officials.Token, k Kept) error {
	c.Open(t)
	return c.GoOn(k)
}

// GoOn leads back to where somebody was. What was typed is sent again by a press of a button, never by itself.
func (c *Call) GoOn(k Kept) error {
	if k.Next == "" {
		return c.See("/console/")
	}
	if !k.Typed() {
		return c.See(k.Next)
	}
	view := struct {
		Next   string
		Fields []Field
	}{Next: k.Next}
	for name, values := range k.Form {
		if name == touchField || name == codeField {
			continue // proof of who acts is given anew
		}
		for _, v := range values {
			view.Fields = append(view.Fields, Field{name, v})
		}
	}
	return c.Show(http.StatusOK, "frame-resume", "Go on where you were", view)
}
