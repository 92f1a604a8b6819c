package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"callbox/channels/cap"
	"callbox/internal/web/answer"
)

// activePath lists what is current, as api.weather.gov does.
const activePath = "/alerts/active"

const geoType = "application/geo+json"

// collection and feature are GeoJSON (RFC 7946) in the shape of api.weather.gov.
type collection struct {
	Type     string    `json:"type"`
	Features []feature `json:"features"`
	Title    string    `json:"title"`
	Updated  string    `json:"updated"`
}

type feature struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	Geometry   *geometry  `json:"geometry"`
	Properties properties `json:"properties"`
}

type geometry struct {
	Type        string           `json:"type"`
	Coordinates [][][][2]float64 `json:"coordinates"` // polygons of one ring each, longitude first
}

type properties struct {
	URL         string              `json:"@id"`
	Type        string              `json:"@type"`
	ID          string              `json:"id"`
	AreaDesc    string              `json:"areaDesc"`
	Geocode     map[string][]string `json:"geocode"`
	Zones       []string            `json:"affectedZones"`
	References  []reference         `json:"references"`
	Sent        string              `json:"sent"`
	Effective   string              `json:"effective"`
	Onset       *string             `json:"onset"`
	Expires     string              `json:"expires"`
	Ends        *string             `json:"ends"`
	Status      string              `json:"status"`
	MessageType string              `json:"messageType"`
	Category    string              `json:"category"`
	Severity    string              `json:"severity"`
	Certainty   string              `json:"certainty"`
	Urgency     string              `json:"urgency"`
	Event       string              `json:"event"`
	Sender      string              `json:"sender"`
	SenderName  string              `json:"senderName"`
	Headline    string              `json:"headline"`
	Description string              `json:"description"`
	Instruction string              `json:"instruction"`
	Response    string              `json:"response"`
	Parameters  map[string][]string `json:"parameters"`
	Scope       string              `json:"scope"`
	Code        string              `json:"code"`
	Language    string              `json:"language"`
	Web         string              `json:"web"`
	EventCode   map[string][]string `json:"eventCode"`
}

type reference struct {
	URL        string `json:"@id"`
	Identifier string `json:"identifier"`
	Sender     string `json:"sender"`
	Sent       string `json:"sent"`
}

// featureOf tells a document in English.
func (e *edition) featureOf(x entry) feature {
	i := x.in("en")
	url := e.config.Base + "/alerts/" + x.Identifier
	p := properties{
		URL: url, Type: "wx:Alert", ID: x.Identifier, AreaDesc: places(i),
		Geocode: map[string][]string{"SAME": sameOf(x.codes), "UGC": {}}, Zones: []string{}, References: []reference{},
		Sent: string(x.alert.Sent), Effective: string(x.alert.Sent), Expires: string(i.Expires),
		Status: x.alert.Status, MessageType: x.alert.MsgType, Category: first(i.Categories),
		Severity: i.Severity, Certainty: i.Certainty, Urgency: i.Urgency, Event: i.Event,
		Sender: x.alert.Sender, SenderName: i.SenderName, Headline: i.Headline, Description: i.Description,
		Instruction: i.Instruction, Response: first(i.ResponseTypes), Parameters: multimap(i.Parameters),
		Scope: x.alert.Scope, Code: first(x.alert.Codes), Language: i.Language, Web: i.Web, EventCode: multimap(i.EventCodes),
	}
	for _, r := range x.alert.Referenced() {
		p.References = append(p.References, reference{e.config.Base + "/alerts/" + r.Identifier, r.Identifier, r.Sender, string(r.Sent)})
	}
	return feature{ID: url, Type: "Feature", Geometry: geometryOf(i), Properties: p}
}

// sameOf copies codes, never nil, so that JSON has a list.
func sameOf(codes []string) []string { return append([]string{}, codes...) }

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func multimap(values []cap.Value) map[string][]string {
	out := map[string][]string{}
	for _, v := range values {
		out[v.Name] = append(out[v.Name], v.Value)
	}
	return out
}

// geometryOf turns the polygons around: CAP has latitude first, GeoJSON longitude.
func geometryOf(i cap.Info) *geometry {
	g := &geometry{Type: "MultiPolygon"}
	for _, a := range i.Areas {
		for _, text := range a.Polygons {
			var ring [][2]float64
			for pair := range strings.FieldsSeq(text) {
				lat, lon, _ := strings.Cut(pair, ",")
				y, errY := strconv.ParseFloat(lat, 64)
				x, errX := strconv.ParseFloat(lon, 64)
				if errY != nil || errX != nil {
					return nil
				}
				ring = append(ring, [2]float64{x, y})
			}
			g.Coordinates = append(g.Coordinates, [][][2]float64{ring})
		}
	}
	if len(g.Coordinates) == 0 {
		return nil
	}
	return g
}

func (e *edition) geoPage(v any) (*answer.Answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write GeoJSON: %w", err)
	}
	return answer.New(body, negotiated(geoType, cacheFeed, e.modified)), nil
}

func (e *edition) collect(entries []entry) collection {
	c := collection{Type: "FeatureCollection", Features: []feature{}, Title: e.config.Title, Updated: e.modified.UTC().Format("2006-01-02T15:04:05Z07:00")}
	for _, x := range entries {
		c.Features = append(c.Features, e.featureOf(x))
	}
	return c
}

func (e *edition) putGeo() error {
	p, err := e.geoPage(e.collect(e.live))
	if err != nil {
		return err
	}
	e.pages[activePath] = p
	e.atom = answer.New(e.pages["/cap/atom.xml"].Body(), negotiated("application/atom+xml; charset=utf-8", cacheFeed, e.modified))
	return nil
}

// serveActive answers /alerts/active: all of it from memory, a selection made on request, or the Atom
// feed where the reader asks for that.
func (e *edition) serveActive(w http.ResponseWriter, r *http.Request, c Config) {
	p := e.pages[activePath]
	if r.URL.RawQuery != "" {
		selection, err := parseSelection(r.URL.RawQuery)
		if err != nil {
			problem(w, http.StatusBadRequest, err.Error())
			return
		}
		if p, err = e.geoPage(e.collect(selection.of(e.live, c.Atlas()))); err != nil {
			problem(w, http.StatusInternalServerError, "the answer cannot be written")
			return
		}
	} else if strings.Contains(r.Header.Get("Accept"), atomType) {
		p = e.atom
	}
	p.ServeHTTP(w, r)
}

// alert answers /alerts/{identifier}: GeoJSON, or the document itself where the reader asks for CAP.
func (f *Feed) alert(r *http.Request, identifier string, e *edition) *answer.Answer {
	d, err := f.config.Shelf.Read(r.Context(), identifier)
	if err != nil || d.Feed != e.mode {
		return nil
	}
	if accept := r.Header.Get("Accept"); strings.Contains(accept, capType) || strings.Contains(accept, "application/xml") && !strings.Contains(accept, "html") {
		return answer.New(d.XML, negotiated("application/xml; charset=utf-8", cacheDocument, d.Sent))
	}
	x, err := newEntry(d, e.base)
	if err != nil {
		return nil
	}
	p, err := e.geoPage(e.featureOf(x))
	if err != nil {
		return nil
	}
	return p
}

// problem answers with an RFC 9457 problem document.
func problem(w http.ResponseWriter, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct { // an error means that the reader left
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
}

// negotiated is the kind of an address whose readers say which form they want.
func negotiated(media, cache string, modified time.Time) answer.Kind {
	return answer.Kind{Media: media, Cache: cache, Vary: "Accept", Modified: modified, Open: true}
}
