//go:build interop

package interop_test

import "testing"

func TestGoToSocialHarness(t *testing.T) {
	g := startGoToSocial(t)
	token := g.token(t)
	if got := g.posts(t, token); len(got) != 0 {
		t.Errorf("%d posts before the first", len(got))
	}
}
