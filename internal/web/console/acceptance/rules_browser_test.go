//go:build browser

package acceptance_test

import (
	"net/http"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/desk"
	"callbox/internal/store"
)

// acceptance check 12, in a browser: every rule that blocks takes the button away, names itself on the preview,
// and stops a form that is sent all the same.
func TestEachBlockingRuleTakesTheButtonAway(t *testing.T) {
	h := newHouse(t)
	h.fill(everywhere...)
	open := h.issue(h.next("", sound)).Outage
	before := h.mark()
	tab := h.window(browser.Phone, h.Ada)
	for _, b := range stops {
		t.Run(b.rule+" at "+b.place, func(t *testing.T) {
			h.T, tab.T = t, t
			at := h.written(b, open)
			said := "Stops " + h.finding(b, at).Text + " " + b.rule
			tab.Go(h.at + at + "/preview") // leads to the screen that is not complete, where one is not
			if path(tab) == at+"/preview" && !named(tab, said) || tab.Has(`form[action$="/submit"] button`) {
				t.Errorf("the preview does not say %q, or has a button: %q", said, tab.Text("main"))
			}
			if status := force(tab, at); status != http.StatusUnprocessableEntity || !named(tab, said) {
				t.Errorf("sent all the same: %d, want 422 and %q: %q", status, said, tab.Text("main"))
			}
			if focus := browser.Eval[string](tab, `document.activeElement.id`); focus != "errors" {
				t.Errorf("the focus is on %q, want on the summary of errors", focus)
			}
			if d := h.draft(at); d.State != store.DraftOpen {
				t.Errorf("the draft is %s, want it open", d.State)
			}
			quiet(tab, "the preview")
		})
	}
	h.T, tab.T = t, t
	n, err := h.Release(t.Context())
	h.OK(err)
	if after := h.mark(); n != 0 || after != before {
		t.Errorf("%d bulletins and %+v at the far sides, want nothing after %+v", n, after, before)
	}
}

// force sends the form of submitting, with consent to everything, from a page that offers no button for it.
func force(tab *browser.Tab, at string) int {
	tab.T.Helper()
	consent(tab)
	browser.Eval[any](tab, `(() => {
		let form = document.querySelector('form[action$="/submit"]');
		if (!form) {
			form = Object.assign(document.createElement('form'), {method: 'post', action: '`+at+`/submit'});
			form.append(document.querySelector('input[name=version]').cloneNode());
			document.querySelector('main').append(form);
		}
		form.append(Object.assign(document.createElement('button'), {id: 'forced', textContent: 'Submit'}));
		return null;
	})()`)
	return tab.Press("#forced")
}

// named reports whether a finding stands on a page.
func named(tab *browser.Tab, said string) bool {
	tab.T.Helper()
	return browser.Eval[bool](tab, `[...document.querySelectorAll('.findings .block')].some((e) => e.checkVisibility() && e.innerText.trim() === `+literal(said)+`)`)
}

// acceptance check 12, in a browser: every warning holds the draft until its own box is ticked, and the error
// leads to the box.
func TestEachWarningHoldsUntilItsBoxIsTicked(t *testing.T) {
	h := newHouse(t)
	h.fill(everywhere...)
	open := h.issue(h.next("", sound)).Outage
	tab := h.window(browser.Phone, h.Ada)
	for _, b := range warns {
		t.Run(b.rule+" at "+b.place, func(t *testing.T) {
			h.T, tab.T = t, t
			at := h.written(b, open)
			box := "#tick-" + desk.Tick(h.finding(b, at))
			tab.Go(h.at + at + "/preview")
			consent(tab)
			tab.Click(box)
			if status := tab.Press(`form[action$="/submit"] button`); status != http.StatusUnprocessableEntity {
				t.Fatalf("without its tick: %d, want 422: %s", status, tab.Text("main"))
			}
			tab.Click(`#errors a[href="` + box + `"]`)
			if focus := "#" + browser.Eval[string](tab, `document.activeElement.id`); focus != box {
				t.Errorf("the error leads to %q, want %s", focus, box)
			}
			consent(tab)
			if status := tab.Press(`form[action$="/submit"] button`); status != http.StatusOK || tab.Text("#code") == "" {
				t.Errorf("with its tick: %d: %s", status, tab.Text("main"))
			}
			if d := h.draft(at); d.State != store.DraftSubmitted {
				t.Errorf("the draft is %s, want it submitted", d.State)
			}
		})
	}
	h.T, tab.T = t, t
	h.publish(nil)
}
