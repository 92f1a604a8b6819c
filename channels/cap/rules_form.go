package cap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"callbox/outages"
)

// order lists the children of each element as the standard's schema orders them (CAP 1.2, appendix A).
var order = map[string][]string{
	"alert": strings.Fields("identifier sender sent status msgType source scope restriction addresses code note " +
		"references incidents info Signature"),
	"info": strings.Fields("language category event responseType urgency severity certainty audience eventCode " +
		"effective onset expires senderName headline description instruction web contact parameter resource area"),
	"resource":  strings.Fields("resourceDesc mimeType size uri derefUri digest"),
	"area":      strings.Fields("areaDesc polygon circle geocode altitude ceiling"),
	"eventCode": {"valueName", "value"},
	"parameter": {"valueName", "value"},
	"geocode":   {"valueName", "value"},
}

var repeatable = strings.Fields("code info Signature category responseType eventCode parameter resource area polygon circle geocode")

// rule01: elements in the order of the schema, compact, UTF-8, one default namespace, no processing
// instruction, comment or byte order mark.
func rule01(name string, document []byte) report {
	w := formWalk{name: name}
	if bytes.HasPrefix(document, []byte("\xEF\xBB\xBF")) {
		w.block(1, name, "starts with a byte order mark")
		document = document[3:]
	}
	if !utf8.Valid(document) {
		w.block(1, name, "is not UTF-8")
		return w.report
	}
	in := xml.NewDecoder(bytes.NewReader(document))
	in.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, errors.New("the encoding is " + charset + ", not UTF-8")
	}
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return w.report
		}
		if err != nil {
			return w.report // Parse says what is wrong with it
		}
		if s, ok := token.(xml.StartElement); ok && s.Name.Local == "Signature" {
			if in.Skip() != nil {
				return w.report
			}
			continue
		}
		w.token(token)
	}
}

// formWalk follows the tokens of a document.
type formWalk struct {
	report
	name string
	path []element
}

// element is one that is open, and the last child it had.
type element struct {
	name, last string
}

// say reports what is wrong, once: a document may have it a hundred times.
func (w *formWalk) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(w.report, func(f outages.Finding) bool { return f.Text == text }) {
		w.block(1, w.name, "%s", text)
	}
}

func (w *formWalk) token(token xml.Token) {
	switch t := token.(type) {
	case xml.Comment:
		w.say("holds a comment")
	case xml.Directive:
		w.say("holds a document type")
	case xml.ProcInst:
		if t.Target != "xml" {
			w.say("holds the processing instruction %s", t.Target)
		}
	case xml.CharData:
		if n := len(w.path); n > 0 && order[w.path[n-1].name] != nil && len(t) > 0 {
			w.say("has text between the elements of %s", w.path[n-1].name)
		}
	case xml.StartElement:
		w.start(t)
	case xml.EndElement:
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *formWalk) start(t xml.StartElement) {
	name, n := t.Name.Local, len(w.path)
	if t.Name.Space != Namespace {
		w.say("element %s is not of the CAP 1.2 namespace", name)
	}
	root := len(t.Attr) == 1 && t.Attr[0].Name == xml.Name{Local: "xmlns"}
	if n == 0 && !root || n > 0 && len(t.Attr) > 0 {
		w.say("element %s: the only attribute is one default namespace on the root", name)
	}
	if n > 0 {
		w.child(&w.path[n-1], name)
	}
	w.path = append(w.path, element{name: name})
}

func (w *formWalk) child(parent *element, name string) {
	children := order[parent.name]
	at, last := slices.Index(children, name), slices.Index(children, parent.last)
	switch {
	case at < 0:
		w.say("element %s does not belong into %s", name, parent.name)
	case at < last:
		w.say("element %s stands after %s, the schema wants it before", name, parent.last)
	case at == last && !slices.Contains(repeatable, name):
		w.say("element %s stands twice in %s", name, parent.name)
	default:
		parent.last = name
	}
}
