package cap

import (
	"strings"
	"time"
)

// Namespace is the XML namespace of CAP 1.2.
const Namespace = "urn:oasis:names:tc:emergency:cap:1.2"

// Alert is the alert element (CAP 1.2, section 3.2.1) as far as Callbox writes and checks it.
type Alert struct {
	Identifier string   `xml:"identifier"`
	Sender     string   `xml:"sender"`
	Sent       Stamp    `xml:"sent"`
	Status     string   `xml:"status"`
	MsgType    string   `xml:"msgType"`
	Source     string   `xml:"source"`
	Scope      string   `xml:"scope"`
	Codes      []string `xml:"code"`
	Note       string   `xml:"note"`
	References string   `xml:"references"`
	Incidents  string   `xml:"incidents"`
	Infos      []Info   `xml:"info"`
}

// Info is the info element (section 3.2.2): the alert in one language.
type Info struct {
	Language      string     `xml:"language"`
	Categories    []string   `xml:"category"`
	Event         string     `xml:"event"`
	ResponseTypes []string   `xml:"responseType"`
	Urgency       string     `xml:"urgency"`
	Severity      string     `xml:"severity"`
	Certainty     string     `xml:"certainty"`
	EventCodes    []Value    `xml:"eventCode"`
	Effective     Stamp      `xml:"effective"` // read, never written: IPAWS ignores it
	Onset         Stamp      `xml:"onset"`     // read, never written
	Expires       Stamp      `xml:"expires"`
	SenderName    string     `xml:"senderName"`
	Headline      string     `xml:"headline"`
	Description   string     `xml:"description"`
	Instruction   string     `xml:"instruction"`
	Web           string     `xml:"web"`
	Contact       string     `xml:"contact"`
	Parameters    []Value    `xml:"parameter"`
	Resources     []Resource `xml:"resource"` // read, never written
	Areas         []Area     `xml:"area"`
}

// Value is a named value: an eventCode, a parameter or a geocode. Names may repeat.
type Value struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

// Resource is the resource element (section 3.2.3), read from documents of others.
type Resource struct {
	MIMEType string `xml:"mimeType"`
	URI      string `xml:"uri"`
	Digest   string `xml:"digest"`
}

// Area is the area element (section 3.2.4). A polygon is "lat,lon lat,lon ...", closed.
type Area struct {
	Desc     string   `xml:"areaDesc"`
	Polygons []string `xml:"polygon"`
	Circles  []string `xml:"circle"` // read, never written
	Geocodes []Value  `xml:"geocode"`
}

// Stamp is a date and time as CAP writes it: whole seconds and a numeric offset, never "Z".
type Stamp string

const stampLayout = "2006-01-02T15:04:05-07:00"

// Time returns the moment of a stamp; the zero time for one that is malformed.
func (s Stamp) Time() time.Time {
	// CAP writes UTC as -00:00 (section 3.3.2), which Go does not read as an offset of its own.
	text := strings.Replace(string(s), "-00:00", "+00:00", 1)
	t, err := time.Parse(stampLayout, text)
	if err != nil || len(s) != len(stampLayout) {
		return time.Time{}
	}
	return t
}

func stampOf(t time.Time) Stamp {
	s := t.Format(stampLayout)
	if zero, ok := strings.CutSuffix(s, "+00:00"); ok {
		s = zero + "-00:00"
	}
	return Stamp(s)
}

// Parameter returns the values of a parameter, in order.
func (i Info) Parameter(name string) []string { return valuesOf(i.Parameters, name) }

func valuesOf(list []Value, name string) []string {
	var out []string
	for _, v := range list {
		if v.Name == name {
			out = append(out, v.Value)
		}
	}
	return out
}

// Reference is one triple of the references element: an earlier message.
type Reference struct {
	Sender, Identifier string
	Sent               Stamp
}

func (r Reference) String() string {
	return r.Sender + "," + r.Identifier + "," + string(r.Sent)
}

// Referenced returns the triples of the references element; a malformed one has no Sent.
func (a Alert) Referenced() []Reference {
	var out []Reference
	for _, triple := range strings.Fields(a.References) {
		var r Reference
		rest := ""
		r.Sender, rest, _ = strings.Cut(triple, ",")
		id, sent, _ := strings.Cut(rest, ",")
		r.Identifier, r.Sent = id, Stamp(sent)
		out = append(out, r)
	}
	return out
}
