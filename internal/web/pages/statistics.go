package pages

import (
	"net/http"
	"strconv"
	"time"

	"callbox/internal/desk"
	"callbox/internal/web/answer"
)

// statistic is one past outage in numbers, as they are written.
type statistic struct {
	Path, Date, Agency string
	First, Ended       string // minutes; Ended is empty while it is open
	Told, Of           string // people; Of is empty where nobody had signed up
}

// statistics lists how fast past outages were announced, for the agencies that publish it.
func (p *Pages) statistics(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	list, err := p.Desk.Statistics(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	v := p.view(r, "statistics.title", nil)
	p.answerFrom(e, w, r, "statistics "+v.Lang, func() (*answer.Answer, error) {
		var body []statistic
		for _, s := range list {
			body = append(body, v.statistic(s))
		}
		v.Body = body
		return p.render("statistics", http.StatusOK, cacheBriefly, v)
	})
}

func (v view) statistic(s desk.Statistic) statistic {
	out := statistic{Path: v.Link("/outages/" + s.Outage), Date: s.Began.UTC().Format(time.DateOnly), Agency: s.Agency, First: minutes(s.First)}
	if s.Ended > 0 {
		out.Ended = minutes(s.Ended)
	}
	if s.Of > 0 {
		out.Told, out.Of = strconv.Itoa(s.Told), strconv.Itoa(s.Of)
	}
	return out
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Minute).Minutes())) }
