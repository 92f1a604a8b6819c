package pages

import (
	"fmt"
	"image"
	"net/http"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"

	"callbox/areas"
	"callbox/internal/web/answer"
)

// sheet is a page to print: cards for wallets, or a poster.
type sheet struct {
	ZIP      areas.ZIP
	Contacts []contact
	Others   []contact // areas of the ZIP code that the reader may choose instead
	Date     string
	URL      string
	Code     code
	Copies   []struct{} // how many of the card
}

// cardsPerPage is how many cards of a wallet's size stand on a Letter page: two by four of 3.5 by 2 inches.
const cardsPerPage = 8

func (p *Pages) card(w http.ResponseWriter, r *http.Request)   { p.sheet(w, r, "card") }
func (p *Pages) poster(w http.ResponseWriter, r *http.Request) { p.sheet(w, r, "poster") }

// sheet makes the page of a ZIP code, of all its areas or of the one that ?area= names.
func (p *Pages) sheet(w http.ResponseWriter, r *http.Request, name string) {
	e := p.current.Load()
	if e == nil {
		p.fail(w, r, errNotReady)
		return
	}
	zip, chosen := r.PathValue("zip"), areas.ID(r.URL.Query().Get("area"))
	ids := e.board.Book.Candidates(areas.ZIP(zip))
	only := e.board.Book.At(areas.Place{ZIP: areas.ZIP(zip), Area: chosen})
	if len(only) == 0 {
		p.notFound(w, r)
		return
	}
	v := p.view(r, name+".title", nil)
	p.answerFrom(e, w, r, name+" "+v.Lang+" "+zip+" "+string(chosen), func() (*answer.Answer, error) {
		zone := v.fill(e, zip)
		body := sheet{ZIP: areas.ZIP(zip), Date: p.phrases[v.Lang].date(e.at.In(zone)), URL: v.Absolute("/zip/" + zip), Copies: make([]struct{}, cardsPerPage)}
		for _, id := range only {
			body.Contacts = append(body.Contacts, v.contact(e.board, id))
		}
		if len(ids) > 1 {
			for _, id := range ids {
				body.Others = append(body.Others, v.contact(e.board, id))
			}
		}
		if chosen != "" {
			v.Keep = url.Values{"area": {string(chosen)}}
		}
		var err error
		if body.Code, err = newCode(body.URL); err != nil {
			return nil, err
		}
		v.Body = body
		return p.render(name, http.StatusOK, cacheBriefly, v)
	})
}

// code is a QR code (ISO/IEC 18004) as an SVG path of square modules.
type code struct {
	Side int // with the quiet zone
	Path string
}

// quiet is the empty border that readers need, in modules.
const quiet = 4

func newCode(text string) (code, error) {
	q, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return code{}, fmt.Errorf("QR code: %w", err)
	}
	side := q.Bounds().Dx()
	var b strings.Builder
	for y := range side {
		for x := 0; x < side; x++ {
			run := 0
			for x+run < side && dark(q, x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return code{Side: side + 2*quiet, Path: b.String()}, nil
}

func dark(q image.Image, x, y int) bool {
	r, _, _, _ := q.At(x, y).RGBA()
	return r == 0
}
