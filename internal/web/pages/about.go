package pages

import (
	"net/http"

	"callbox/areas"
	"callbox/internal/web/answer"
)

// about answers with a page that says the same to everybody until the program changes.
func (p *Pages) about(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := p.render(name, http.StatusOK, cacheBriefly, p.view(r, name+".title", nil))
		if err != nil {
			p.fail(w, r, err)
			return
		}
		a.ServeHTTP(w, r)
	}
}

// feeds is the page for those who read by program.
type feeds struct{ Counties []county }

// county is a county or its equal with the codes that its feeds are found by (47 CFR 11.31(f)).
type county struct {
	Name string
	SAME []string
}

func (p *Pages) feeds(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	v := p.view(r, "feeds.title", nil)
	p.answerFrom(e, w, r, "feeds "+v.Lang, func() (*answer.Answer, error) {
		v.Body = feeds{countiesOf(e)}
		return p.render("feeds", http.StatusOK, cacheBriefly, v)
	})
}

// countiesOf lists the counties that an agency here speaks for, in the order of their IDs.
func countiesOf(e *edition) []county {
	var out []county
	seen := map[areas.ID]bool{}
	for _, agency := range e.board.Agencies {
		for _, scope := range agency.Jurisdiction {
			for _, id := range e.board.Book.Readers(scope) {
				area, ok := e.board.Book.Area(id)
				for ok && area.ID.Kind() != areas.County {
					area, ok = e.board.Book.Area(area.Within)
				}
				if ok && !seen[area.ID] {
					seen[area.ID] = true
					out = append(out, county{area.FullName(), area.SAME})
				}
			}
		}
	}
	return out
}
