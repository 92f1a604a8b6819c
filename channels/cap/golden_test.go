package cap

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"callbox/channels/channeltest"
	"callbox/outages"
)

var update = flag.Bool("update", false, "rewrite the golden documents in testdata")

// Promise 9: what is published looks the same after any upgrade.
func TestGoldenDocuments(t *testing.T) {
	live := story(t, newDesk(t, nil), channeltest.Sample{}, channeltest.Sample{Kind: outages.Update}, channeltest.Sample{Kind: outages.AllClear})
	cancelled := newDesk(t, nil)
	story(t, cancelled, channeltest.Sample{})
	drill := story(t, newDesk(t, nil), channeltest.Sample{Mode: outages.Drill})
	test := story(t, newDesk(t, nil), channeltest.Sample{Mode: outages.Test})
	many := story(t, newDesk(t, nil), channeltest.Sample{Towns: 12})
	for name, doc := range map[string]Document{
		"alert": live[0][0], "update": live[1][0], "all-clear": live[2][0],
		"cancel": cancelled.publish(t, storyMessage(channeltest.Sample{Kind: outages.Retract, Seq: 2}, 1))[0],
		"drill":  drill[0][0], "test": test[0][0], "multi-area": many[0][0],
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".xml")
			if *update {
				if err := os.WriteFile(file, doc.XML, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(doc.XML) != string(want) {
				t.Errorf("got\n%s\nwant\n%s", doc.XML, want)
			}
		})
	}
}
