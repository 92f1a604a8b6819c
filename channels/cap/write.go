package cap

import (
	"bytes"
	"strings"
)

// Marshal writes an alert as one line of canonical XML: what exclusive canonicalisation (W3C
// xml-exc-c14n) makes of it is the same bytes, so that they can be signed as they are. Elements stand
// in the order of the standard's schema; empty ones are left out.
func (a Alert) Marshal() []byte {
	var w writer
	w.b.WriteString(`<alert xmlns="` + Namespace + `">`)
	w.leaf("identifier", a.Identifier)
	w.leaf("sender", a.Sender)
	w.leaf("sent", string(a.Sent))
	w.leaf("status", a.Status)
	w.leaf("msgType", a.MsgType)
	w.leaf("source", a.Source)
	w.leaf("scope", a.Scope)
	w.leaves("code", a.Codes)
	w.leaf("note", a.Note)
	w.leaf("references", a.References)
	w.leaf("incidents", a.Incidents)
	for _, info := range a.Infos {
		w.info(info)
	}
	w.close("alert")
	return w.b.Bytes()
}

// writer writes elements; every text passes its escapes.
type writer struct{ b bytes.Buffer }

// canonical holds the escapes of canonical XML for text (W3C xml-c14n, section 2.3): no others may
// stand there, or the bytes would differ from those that a verifier digests.
var canonical = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

func (w *writer) open(name string)  { w.b.WriteString("<" + name + ">") }
func (w *writer) close(name string) { w.b.WriteString("</" + name + ">") }

func (w *writer) leaf(name, text string) {
	if text == "" {
		return
	}
	w.open(name)
	canonical.WriteString(&w.b, text) //nolint:errcheck // a buffer does not fail
	w.close(name)
}

func (w *writer) leaves(name string, texts []string) {
	for _, text := range texts {
		w.leaf(name, text)
	}
}

func (w *writer) values(name string, values []Value) {
	for _, v := range values {
		w.open(name)
		w.leaf("valueName", v.Name)
		w.leaf("value", v.Value)
		w.close(name)
	}
}

func (w *writer) info(i Info) {
	w.open("info")
	w.leaf("language", i.Language)
	w.leaves("category", i.Categories)
	w.leaf("event", i.Event)
	w.leaves("responseType", i.ResponseTypes)
	w.leaf("urgency", i.Urgency)
	w.leaf("severity", i.Severity)
	w.leaf("certainty", i.Certainty)
	w.values("eventCode", i.EventCodes)
	w.leaf("expires", string(i.Expires))
	w.leaf("senderName", i.SenderName)
	w.leaf("headline", i.Headline)
	w.leaf("description", i.Description)
	w.leaf("instruction", i.Instruction)
	w.leaf("web", i.Web)
	w.leaf("contact", i.Contact)
	w.values("parameter", i.Parameters)
	for _, a := range i.Areas {
		w.open("area")
		w.leaf("areaDesc", a.Desc)
		w.leaves("polygon", a.Polygons)
		w.values("geocode", a.Geocodes)
		w.close("area")
	}
	w.close("info")
}
