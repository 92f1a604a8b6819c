package cap

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"callbox/outages"
)

var (
	identifierForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)
	senderForm     = regexp.MustCompile(`^[^\s,"<>&{}|\\^~\x00-\x1f]{1,200}$`)
)

// rule02: an identifier that is also a file name and was never used; one sender.
func (r Rules) rule02(s subject) (out report) {
	if !identifierForm.MatchString(s.Alert.Identifier) || strings.HasPrefix(s.Alert.Identifier, ".") {
		out.block(2, s.name, "identifier %.90q: 1 to 80 of the characters A-Z a-z 0-9 . _ - are allowed, not a point first", s.Alert.Identifier)
	}
	if !senderForm.MatchString(s.Sender) {
		out.block(2, s.name, `sender %.90q: one address without blanks, commas or "<>&{}|\^~`, s.Sender)
	}
	if s.Document.Identifier != "" && s.Document.Identifier != s.Alert.Identifier {
		out.block(2, s.name, "identifier %q is not the name of its file", s.Alert.Identifier)
	}
	for _, e := range r.Earlier {
		if e.Identifier == s.Alert.Identifier {
			out.block(2, s.name, "identifier %q was used before", e.Identifier)
		}
	}
	return out
}

// Limits of expires after sent: IPAWS refuses less, WEA more.
const (
	shortestLife = 5 * time.Minute
	wishedLife   = 30 * time.Minute
)

// rule03: whole seconds in the agency's zone with an offset that is not zero; expires within 5 minutes
// and 24 hours of sent; no effective and no onset.
func (r Rules) rule03(s subject) (out report) {
	sent := s.Alert.Sent.Time()
	out.stamp(s.name+", sent", s.Alert.Sent)
	if zone, err := time.LoadLocation(r.Speaker.Zone); err == nil && r.Speaker.Zone != "" && stampOf(sent.In(zone)) != s.Alert.Sent {
		out.block(3, s.name+", sent", "%s is not in the agency's time zone", s.Alert.Sent)
	}
	for i, info := range s.Infos {
		place := s.at(i, "expires")
		out.stamp(place, info.Expires)
		if info.Effective != "" || info.Onset != "" {
			out.block(3, s.at(i, "effective, onset"), "leave them out: an alert takes effect when it is sent")
		}
		end := info.Expires.Time()
		if sent.IsZero() || end.IsZero() {
			continue
		}
		switch life := end.Sub(sent); {
		case life < shortestLife:
			out.block(3, place, "%v after sent: at least 5 minutes", life)
		case life > longestWEA:
			out.block(3, place, "%v after sent: at most 24 hours, then renew", life)
		case life < wishedLife:
			out.warn(3, place, "only %v after sent: slow readers may miss it", life)
		}
	}
	return out
}

func (r *report) stamp(place string, s Stamp) {
	t := s.Time()
	if t.IsZero() {
		r.block(3, place, "%.40q: a time is written 2006-01-02T15:04:05-05:00", string(s))
		return
	}
	if _, offset := t.Zone(); offset == 0 {
		r.block(3, place, "%s: IPAWS refuses the offset zero; set the agency's time zone", s)
	}
}

// rule04: Actual, Test or Exercise; those that are not real say so and never reach phones; scope Public.
func rule04(s subject) (out report) {
	feed := map[string]outages.Mode{"Actual": outages.Live, "Exercise": outages.Drill, "Test": outages.Test}[s.Status]
	if feed == "" {
		out.block(4, s.name, "status %.40q: Actual, Test or Exercise", s.Status)
	}
	if s.Feed != "" && s.Feed != feed {
		out.block(4, s.name, "status %s in the %s feed", s.Status, s.Feed)
	}
	if s.Scope != "Public" {
		out.block(4, s.name, "scope %.40q: Public", s.Scope)
	}
	if s.Status == "Actual" {
		return out
	}
	if s.Note == "" {
		out.block(4, s.name, "status %s needs a note that explains it", s.Status)
	}
	if s.rings() {
		out.block(4, s.name, "status %s with parameters for phones", s.Status)
	}
	for i, info := range s.Infos {
		if m := mark(s.Feed, info.Language); !strings.HasPrefix(info.Headline, strings.TrimSuffix(m, ": ")) {
			out.block(4, s.at(i, "headline"), "must start with %s", strings.TrimSuffix(m, ": "))
		}
	}
	return out
}

// rule05: an update or cancel references every earlier message of its incident that is still live, of the
// same sender and older than itself; an alert references none.
func (r Rules) rule05(s subject) (out report) {
	place := s.name + ", references"
	references := s.Referenced()
	switch {
	case !slices.Contains([]string{"Alert", "Update", "Cancel"}, s.MsgType):
		out.block(5, s.name, "msgType %.40q: Alert, Update or Cancel", s.MsgType)
	case s.MsgType == "Alert" && len(references) > 0:
		out.block(5, place, "an Alert references nothing")
	case s.MsgType != "Alert" && len(references) == 0:
		out.block(5, place, "%s needs the messages it speaks of", s.MsgType)
	}
	if strings.ContainsAny(s.Incidents, " \t\n") || s.Incidents == "" || s.Incident != "" && s.Incident != s.Incidents {
		out.block(5, s.name, "incidents %.90q: one name, the outage's", s.Incidents)
	}
	sent := s.Alert.Sent.Time()
	for _, ref := range references {
		switch at := ref.Sent.Time(); {
		case at.IsZero() || ref.Identifier == "":
			out.block(5, place, "%.120q: a reference is sender,identifier,sent", ref.String())
		case ref.Identifier == s.Alert.Identifier:
			out.block(5, place, "references itself")
		case at.After(sent):
			out.block(5, place, "%s is dated after this message", ref.Identifier)
		case ref.Sender != s.Sender:
			out.block(5, place, "%s is of another sender", ref.Identifier)
		}
	}
	return append(out, r.missing(s, references)...)
}

// missing finds live earlier documents that are not referenced as their own bytes name them.
func (r Rules) missing(s subject, references []Reference) (out report) {
	for _, e := range r.Earlier {
		want, err := referenceOf(e.XML)
		if err != nil {
			out.block(5, s.name, "earlier document %s: %v", e.Identifier, err)
			continue
		}
		if e.Expires.After(s.Alert.Sent.Time()) && !slices.Contains(references, want) {
			out.block(5, s.name+", references", "%s is live and not referenced", want)
		}
	}
	return out
}
