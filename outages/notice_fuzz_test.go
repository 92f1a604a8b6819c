package outages_test

import (
	"os"
	"testing"

	. "callbox/outages"
)

func FuzzANoticeIsReadOrRefused(f *testing.F) {
	file, err := os.ReadFile("testdata/notice.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"provider": "x", "id": "1", "effect": {"voice": "down"}}`))
	f.Add([]byte("a: &a [*a]"))
	r := reading(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := ParseNotice(data, r); err == nil && (n.Provider == "" || n.ID == "") {
			t.Errorf("got a notice of nobody from %q", data)
		}
	})
}
