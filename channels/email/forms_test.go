package email

import (
	"reflect"
	"testing"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/outages"
)

// Promise 2, at its most dangerous place: a form that is used for another text would give readers the
// numbers of another area. Every field that can change a mail must tell two forms apart; the test finds
// a field that is added later, too.
func TestAMessageThatReadsDifferentlyHasAFormOfItsOwn(t *testing.T) {
	// Fields that no mail shows.
	unread := map[string]bool{
		"Text.Mark": true, "Text.Grave": true, "Part.Areas": true, "Part.Brief": true, "Part.Headline": true, "Part.Short": true, "Part.Long": true,
	}
	base := sampleMessage()
	paths := 0
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				if !unread[name] {
					walk(v.Field(i), path+" "+name)
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i), path)
			}
		case reflect.String, reflect.Int:
			paths++
			kept := copyShared(base)
			before := reflect.New(v.Type()).Elem()
			before.Set(v)
			if v.Kind() == reflect.String {
				v.SetString(v.String() + "x")
			} else {
				v.SetInt(v.Int() + 1)
			}
			if sameForm(&kept, &base) {
				t.Errorf("messages that differ in%s share a form", path)
			}
			v.Set(before)
			if !sameForm(&kept, &base) {
				t.Errorf("messages that agree in%s have two forms", path)
			}
		default:
			t.Errorf("field%s is a %s: compare it in sameForm and teach it to this test", path, v.Kind())
		}
	}
	walk(reflect.ValueOf(base.Texts), "")
	if paths < 30 {
		t.Errorf("changed %d fields, want the texts of a whole message", paths)
	}
}

func TestAFormDependsOnTheBulletinAndTheLinks(t *testing.T) {
	base := sampleMessage()
	for name, change := range map[string]func(m *channels.Message){
		"mode":         func(m *channels.Message) { m.Mode = outages.Drill },
		"page":         func(m *channels.Message) { m.Page += "x" },
		"no leave":     func(m *channels.Message) { m.Leave = "" },
		"outage":       func(m *channels.Message) { m.Bulletin.Outage += "x" },
		"issued":       func(m *channels.Message) { m.Bulletin.Issued = m.Bulletin.Issued.Add(1e9) },
		"speaker":      func(m *channels.Message) { m.Bulletin.Facts.Speaker.ID += "x" },
		"speaker name": func(m *channels.Message) { m.Bulletin.Facts.Speaker.Name += "x" },
		"fewer texts":  func(m *channels.Message) { m.Texts = m.Texts[:1] },
		"other order":  func(m *channels.Message) { m.Texts[0], m.Texts[1] = m.Texts[1], m.Texts[0] },
	} {
		other := copyShared(base)
		change(&other)
		if sameForm(&base, &other) {
			t.Errorf("%s: two messages share a form", name)
		}
	}
	other := copyShared(base)
	other.Key, other.To, other.Leave = "other", "other@example.net", "https://example.org/other"
	if !sameForm(&base, &other) {
		t.Error("messages that differ in their reader only have two forms")
	}
}

func TestFormsAreRenderedOnceAndBounded(t *testing.T) {
	fs, from := newForms(), Sender{Address: "a@example.org", Host: "example.org"}
	m := sampleMessage()
	first, err := fs.of(&m, from)
	if err != nil {
		t.Fatal(err)
	}
	m.Texts[0].Parts[0].Clauses[0].Text += "x" // the caller's memory is the caller's
	if second, _ := fs.of(&m, from); second == first {
		t.Error("a changed text got the form of the former")
	}
	m = sampleMessage()
	if again, _ := fs.of(&m, from); again != first {
		t.Error("the same text was rendered twice")
	}
	fs.size = maxForms
	m = channeltest.Sample{Seq: 2, Towns: 2}.Message()
	if _, err := fs.of(&m, from); err != nil {
		t.Fatal(err)
	}
	if fs.size >= maxForms || len(fs.kept) != 1 {
		t.Errorf("%d forms of %d bytes are kept, want only the newest", len(fs.kept), fs.size)
	}
}

func sampleMessage() channels.Message {
	m := channeltest.Sample{Towns: 2}.Message()
	m.To = "resident@example.net"
	return m
}
