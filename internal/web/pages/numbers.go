package pages

import (
	"encoding/json"
	"net/http"
	"time"

	"callbox/areas"
	"callbox/internal/web/answer"
	"callbox/subscribers"
)

// kept is what a device keeps for when there is no network.
type kept struct {
	At     time.Time   `json:"at"`
	AsOf   string      `json:"as_of"` // At with its date, for people
	Places []keptPlace `json:"places"`
}

type keptPlace struct {
	ZIP areas.ZIP `json:"zip"`
	contact
}

// numbers answers /numbers?zip=06107+06824 with what a device keeps of these ZIP codes. Those that do not
// exist are left out.
func (p *Pages) numbers(w http.ResponseWriter, r *http.Request) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	list := splitPlaces(typed(r.URL.Query().Get("zip")))
	list = list[:min(len(list), subscribers.MaxPlaces)]
	v := p.view(r, "site.name", nil)
	key := "numbers " + v.Lang
	for _, zip := range list {
		key += " " + string(zip)
	}
	p.answerFrom(e, w, r, key, func() (*answer.Answer, error) { return p.makeNumbers(e, v, list) })
}

func (p *Pages) makeNumbers(e *edition, v view, list []areas.ZIP) (*answer.Answer, error) {
	out := kept{At: e.at.UTC(), Places: []keptPlace{}}
	zone := v.fill(e, "")
	for _, zip := range list {
		zone = v.fill(e, string(zip))
		for _, id := range e.board.Book.Candidates(zip) {
			out.Places = append(out.Places, keptPlace{zip, v.contactNow(e.board, id)})
		}
	}
	out.AsOf = p.phrases[v.Lang].dated(e.at, zone)
	body, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return localized(http.StatusOK, "application/json", cacheBriefly, body), nil
}
