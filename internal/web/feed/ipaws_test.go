package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"callbox/channels/cap"
	"callbox/channels/channeltest"
	"callbox/internal/officials"
	"callbox/outages"
)

// handsOver makes the site give copies to who holds the key "good".
func (s *site) handsOver() {
	s.config.Handover = func(ctx context.Context, key officials.Secret, identifier string) (cap.Handover, error) {
		switch key {
		case "good":
		case "machine":
			return cap.Handover{}, fmt.Errorf("%w: a person hands over", officials.ErrDenied)
		case "broken":
			return cap.Handover{}, errors.New("the disk is full")
		default:
			return cap.Handover{}, officials.ErrUnknown
		}
		doc, err := s.shelf.Read(ctx, identifier)
		if err != nil {
			return cap.Handover{}, cap.ErrNotFound
		}
		return cap.HandOver(doc, cap.Rules{Atlas: book()}, s.now)
	}
}

func TestAnOfficialHasACopyForIPAWSAndNobodyElse(t *testing.T) {
	s := newSite(t)
	live := s.publish(t, channeltest.Sample{})[0]
	drill := s.publish(t, channeltest.Sample{Mode: outages.Drill, Outage: "drill"})[0]
	if res := s.get(t, "/cap/ipaws/"+live+".xml", "Authorization", "Bearer good"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a feed without handover: %s, want 404", res.Status)
	}
	s.handsOver()
	s.now = s.now.Add(20 * time.Minute)
	for _, c := range []struct {
		path, authorization string
		want                int
	}{
		{live + ".xml", "Bearer good", 200},
		{live + ".json", "bearer good", 200},
		{live + ".xml", "", 401},
		{live + ".xml", "Basic good", 401},
		{live + ".xml", "Bearer wrong", 401},
		{live + ".xml", "Bearer machine", 403},
		{live + ".xml", "Bearer broken", 503},
		{"nothing.xml", "Bearer good", 404},
		{drill + ".xml", "Bearer good", 409},
		{drill + ".json", "Bearer good", 200},
		{"../x.xml", "Bearer good", 404},
	} {
		res := s.get(t, "/cap/ipaws/"+c.path, "Authorization", c.authorization)
		if res.StatusCode != c.want {
			t.Errorf("%s with %q: %s, want %d", c.path, c.authorization, res.Status, c.want)
		}
		if cache := res.Header.Get("Cache-Control"); cache != cacheKeyed && cache != "no-store" {
			t.Errorf("%s with %q may be kept: %q", c.path, c.authorization, cache)
		}
	}
	a, err := cap.Parse([]byte(s.body(t, "/cap/ipaws/"+live+".xml", "Authorization", "Bearer good")))
	if err != nil || !a.Sent.Time().Equal(s.now) {
		t.Errorf("the copy is sent %s, error %v; want %v", a.Sent, err, s.now)
	}
	var report cap.Handover
	body := s.body(t, "/cap/ipaws/"+drill+".json", "Authorization", "Bearer good")
	if err := json.Unmarshal([]byte(body), &report); err != nil || report.Ready() || len(report.Report) != 13 {
		t.Errorf("the report of a drill, error %v: %s", err, body)
	}
}
