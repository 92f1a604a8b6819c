package email

import (
	"strings"
	"testing"
)

func TestAnAddressIsTakenOrRefusedWithASentence(t *testing.T) {
	for address, want := range map[string]string{
		"a@example.org":                          "",
		"first.last+tag@mail.example.co.uk":      "",
		"o'brien!#$%&*=?^_`{|}~-/@x.example.com": "",
		"a@xn--bcher-kva.example":                "",
		strings.Repeat("a", 64) + "@example.org": "",

		"":                                       "empty",
		"a b@example.org":                        "no spaces",
		"a@example.org\r\n":                      "line breaks",
		"a\x00@example.org":                      "control characters",
		"josé@example.org":                       "outside ASCII",
		"a@bücher.example":                       "xn--",
		"example.org":                            "an @",
		"@example.org":                           "before the @",
		".a@example.org":                         "single dots",
		"a..b@example.org":                       "single dots",
		`"a b"@example.org`:                      "no spaces",
		`"ab"@example.org`:                       "before the @",
		"a@b@example.org":                        "before the @",
		"<a@example.org>":                        "before the @",
		"a,b@example.org":                        "before the @",
		"a@localhost":                            "has a dot",
		"a@[127.0.0.1]":                          "letters, digits",
		"a@127.0.0.1":                            "not an IP address",
		"a@-example.org":                         "no hyphen",
		"a@example..org":                         "1 to 63",
		"a@example.org.":                         "1 to 63",
		"a@exa_mple.org":                         "letters, digits",
		strings.Repeat("a", 65) + "@example.org": "too long",
		"a@" + strings.Repeat("abcdefgh.", 30) + "org": "too long",
	} {
		err := checkAddress(address)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v, want it taken", address, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error is %v, want one that says %q", address, err, want)
		case err != nil && len(address) > 8 && strings.Contains(err.Error(), address):
			t.Errorf("%q: the error repeats the address: %v", address, err)
		}
	}
}

func TestATokenNamesItsKeyAndCannotBeForged(t *testing.T) {
	const secret = Secret("sixteen bytes and more")
	for _, key := range []string{"o-2026-1113.2.17", "a", strings.Repeat("k", maxToken-signature-1)} {
		token := Token(secret, key)
		for _, sent := range []string{token, strings.ToUpper(token)} {
			if got, ok := KeyOf(secret, sent); !ok || !strings.EqualFold(got, key) {
				t.Errorf("the token of %q names %q, %t", key, got, ok)
			}
		}
		for name, bad := range map[string]string{
			"another key": "x" + token, "another secret": Token("another secret of ours", key), "no signature": key, "empty": "",
		} {
			if got, ok := KeyOf(secret, bad); ok {
				t.Errorf("%s: the token is taken for %q", name, got)
			}
		}
	}
	for _, key := range []string{"", "a/b", "ü", strings.Repeat("k", 60), "a..b", "a@b", "a>b"} {
		token := Token(secret, key)
		if len(token) > maxToken || !isDotAtom(token) || strings.ContainsFunc(token, notPlain) {
			t.Errorf("key %q has the token %q, which cannot stand in an address", key, token)
		}
	}
}
